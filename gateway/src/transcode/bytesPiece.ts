import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Binding } from '../routes/binding.ts';

const httpBodyData = 2;

/**
 * What a message with a piece of raw body and nothing else begins with; the piece itself is the rest of it. So gigabytes pass without being copied
 * into messages: what copying leaves behind would cost more than passing them on.
 */
export function beforePiece({ body }: Binding, bytes: number): Uint8Array {
  const writer = new BinaryWriter();
  if (body.kind === 'field') {
    const inside = new BinaryWriter().tag(httpBodyData, WireType.LengthDelimited).uint32(bytes).finish();
    writer
      .tag(body.field.number, WireType.LengthDelimited)
      .uint32(inside.length + bytes)
      .raw(inside);
  } else writer.tag(httpBodyData, WireType.LengthDelimited).uint32(bytes);
  return writer.finish();
}
