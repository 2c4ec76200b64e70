import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** The note that every call answers, encoded; its fields are those of note.proto. */
export const noteBytes = Buffer.from(
  new BinaryWriter()
    .tag(1, WireType.LengthDelimited)
    .string('01a1ff32-a92f-799e-9c6d-a941f8f354fb')
    .tag(2, WireType.LengthDelimited)
    .string('A note of ordinary length, as somebody would leave it on a desk.')
    .tag(3, WireType.Varint)
    .int64(9_007_199_254_740_993n)
    .tag(4, WireType.LengthDelimited)
    .string('desk')
    .tag(4, WireType.LengthDelimited)
    .string('note')
    .tag(5, WireType.LengthDelimited)
    .fork()
    .tag(1, WireType.Varint)
    .int64(1_795_000_000n)
    .join()
    .finish(),
);

/** A request for the note. */
export const getNoteBytes = Buffer.from(
  new BinaryWriter().tag(1, WireType.LengthDelimited).string('01a1ff32-a92f-799e-9c6d-a941f8f354fb').finish(),
);

/** A request for so many notes. */
export function listNotesBytes(count: number): Buffer {
  return Buffer.from(new BinaryWriter().tag(1, WireType.Varint).int32(count).finish());
}

/** A gRPC message with the five bytes before it that say that it is not compressed, and its length. */
export function framed(message: Uint8Array): Buffer {
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  return frame;
}
