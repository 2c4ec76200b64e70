import type { EventEmitter } from 'node:events';

/** Message types of PostgreSQL's protocol. */
const codes = {
  copyData: 'd'.charCodeAt(0),
  copyOutResponse: 'H'.charCodeAt(0),
  notice: 'N'.charCodeAt(0),
  parameterStatus: 'S'.charCodeAt(0),
  notification: 'A'.charCodeAt(0),
};

const passedOver = new Set([codes.copyOutResponse, codes.notice, codes.parameterStatus, codes.notification]);
const headBytes = 5;

/** What the client library has and its types do not say. */
interface Connection {
  stream: EventEmitter;
  query: (text: string) => void;
}

/**
 * A COPY to the client whose rows are put one behind the other into one buffer, as they come from the socket: the client library would make
 * an object of each. It takes the socket over from the library for as long as rows come.
 */
export class CopyReceiver {
  readonly #text: string;
  readonly #done = Promise.withResolvers<Buffer>();
  #connection: Connection | undefined;
  #library: ((chunk: Buffer) => void) | undefined;
  #rows: Buffer;
  #length = 0;
  /** Of a message that a chunk has cut off in its head. */
  #head = Buffer.alloc(headBytes);
  #headLength = 0;
  /** How many bytes of the message under way are still to come, and whether they are a row. */
  #left = 0;
  #isRow = false;

  constructor(text: string, capacity: number) {
    this.#text = text;
    this.#rows = Buffer.allocUnsafeSlow(capacity);
  }

  /** All rows, once the server has said that they are all. */
  get rows(): Promise<Buffer> {
    return this.#done.promise;
  }

  /** Called by the client library when it is the query's turn. */
  submit(connection: Connection): void {
    this.#connection = connection;
    const [library] = connection.stream.listeners('data');
    this.#library = library as (chunk: Buffer) => void;
    connection.stream.removeListener('data', this.#library);
    connection.stream.on('data', this.#take);
    connection.query(this.#text);
  }

  handleError(error: Error): void {
    this.#handBack(Buffer.alloc(0));
    this.#done.reject(error);
  }

  handleCommandComplete(): void {
    this.#done.resolve(this.#rows.subarray(0, this.#length));
  }

  handleReadyForQuery(): void {}

  readonly #take = (chunk: Buffer): void => {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left > 0) {
        const end = Math.min(chunk.length, at + this.#left);
        if (this.#isRow) this.#keep(chunk, at, end);
        this.#left -= end - at;
        at = end;
        continue;
      }
      const taken = Math.min(headBytes - this.#headLength, chunk.length - at);
      chunk.copy(this.#head, this.#headLength, at, at + taken);
      this.#headLength += taken;
      at += taken;
      if (this.#headLength < headBytes) return;
      this.#headLength = 0;
      const [code = 0] = this.#head;
      this.#isRow = code === codes.copyData;
      if (!this.#isRow && !passedOver.has(code)) {
        // The end of the rows, or an error: from here on the library reads.
        this.#handBack(Buffer.concat([this.#head, chunk.subarray(at)]));
        return;
      }
      this.#left = this.#head.readUInt32BE(1) - 4;
    }
  };

  #keep(chunk: Buffer, from: number, to: number): void {
    if (this.#length + to - from > this.#rows.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(this.#rows.length * 2, this.#length + to - from));
      this.#rows.copy(grown, 0, 0, this.#length);
      this.#rows = grown;
    }
    chunk.copy(this.#rows, this.#length, from, to);
    this.#length += to - from;
  }

  #handBack(rest: Buffer): void {
    const { stream } = this.#connection ?? {};
    if (!stream || !this.#library) return;
    stream.removeListener('data', this.#take);
    stream.on('data', this.#library);
    const library = this.#library;
    this.#library = undefined;
    if (rest.length > 0) library(rest);
  }
}
