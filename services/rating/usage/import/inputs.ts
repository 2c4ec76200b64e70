/** Shared memory for a batch's bytes; as much again lies behind them for unquoted texts. */
export interface Input {
  memory: SharedArrayBuffer;
  bytes: Buffer;
  /** How many bytes there are. */
  length: number;
}

/** A fixed number of inputs. Who wants one while all are in use waits: that is the import's back-pressure. */
export class Inputs {
  readonly bytes: number;
  readonly #free: Input[] = [];
  readonly #waiting: ((input: Input) => void)[] = [];
  #toMake: number;

  constructor(count: number, bytes: number) {
    this.#toMake = count;
    this.bytes = bytes;
  }

  async take(): Promise<Input> {
    const free = this.#free.pop() ?? this.#make();
    const input = free ?? (await new Promise<Input>((resolve) => this.#waiting.push(resolve)));
    input.length = 0;
    return input;
  }

  giveBack(input: Input): void {
    const next = this.#waiting.shift();
    if (next) next(input);
    else this.#free.push(input);
  }

  #make(): Input | undefined {
    if (this.#toMake === 0) return undefined;
    this.#toMake--;
    const memory = new SharedArrayBuffer(this.bytes * 2);
    return { memory, bytes: Buffer.from(memory, 0, this.bytes), length: 0 };
  }
}
