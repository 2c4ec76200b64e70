/** One process that answers for a service, with the number of requests that it has open. */
export interface Endpoint {
  /** `host:port`. */
  readonly address: string;
  open: number;
}

/** The processes that take requests for one service at the moment, as the endpoints of a Kubernetes service do. */
export class Endpoints {
  #all: Endpoint[] = [];
  #turn = 0;

  get addresses(): string[] {
    return this.#all.map(({ address }) => address);
  }

  add(address: string): void {
    this.#all = [...this.#all.filter((each) => each.address !== address), { address, open: 0 }];
  }

  /** What it has open goes on. */
  remove(address: string): void {
    this.#all = this.#all.filter((each) => each.address !== address);
  }

  /** The one with the fewest requests open; of several, each in its turn. None of those tried already, where there is another. */
  pick(tried: ReadonlySet<string> = new Set()): Endpoint | undefined {
    const others = this.#all.filter(({ address }) => !tried.has(address));
    const candidates = others.length > 0 ? others : this.#all;
    const fewest = Math.min(...candidates.map(({ open }) => open));
    const idle = candidates.filter(({ open }) => open === fewest);
    return idle[this.#turn++ % Math.max(1, idle.length)];
  }
}
