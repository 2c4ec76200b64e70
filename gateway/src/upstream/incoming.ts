/** A message that cannot be taken: too large, or compressed though nobody asked for that. */
export type Unreadable = 'too large' | 'compressed';

/** Puts the messages of a gRPC body together, however it was cut on the way. A message that came in one piece is not copied. */
export class Incoming {
  readonly #largest: number;
  #parts: Buffer[] = [];
  #size = 0;
  /** Bytes that must be there before there is anything to do. */
  #needed = 5;
  #messages: Buffer[] = [];
  #next = 0;

  constructor(largest: number) {
    this.#largest = largest;
  }

  /** Messages that wait to be taken. */
  get waiting(): number {
    return this.#messages.length - this.#next;
  }

  /** Whether a message has begun and not ended. */
  get isOpen(): boolean {
    return this.#size > 0;
  }

  take(): Buffer | undefined {
    if (this.waiting === 0) return undefined;
    const message = this.#messages[this.#next++];
    if (this.waiting === 0) {
      this.#messages = [];
      this.#next = 0;
    }
    return message;
  }

  add(chunk: Buffer): Unreadable | undefined {
    this.#parts.push(chunk);
    this.#size += chunk.length;
    if (this.#size < this.#needed) return undefined;
    let bytes = this.#parts.length === 1 ? chunk : Buffer.concat(this.#parts);
    for (;;) {
      this.#needed = 5;
      if (bytes.length < 5) break;
      if (bytes[0] !== 0) return 'compressed';
      const length = bytes.readUInt32BE(1);
      if (length > this.#largest) return 'too large';
      this.#needed = 5 + length;
      if (bytes.length < this.#needed) break;
      this.#messages.push(bytes.subarray(5, this.#needed));
      bytes = bytes.subarray(this.#needed);
    }
    this.#parts = bytes.length > 0 ? [bytes] : [];
    this.#size = bytes.length;
    return undefined;
  }
}
