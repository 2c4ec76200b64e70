/** Most answers kept; the oldest go first. */
const most = 100_000;

/** Looks up what never changes once it is there: keeps what it has found, and asks for all that is asked at a time with one question. */
export class Finder {
  readonly #ask: (keys: string[]) => Promise<Map<string, string>>;
  readonly #known = new Map<string, string>();
  #asking: { keys: Set<string>; answer: Promise<Map<string, string>> } | undefined;

  constructor(ask: (keys: string[]) => Promise<Map<string, string>>) {
    this.#ask = ask;
  }

  async find(key: string): Promise<string | undefined> {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const found = (await this.#question(key)).get(key);
    if (found !== undefined) this.remember(key, found);
    return found;
  }

  remember(key: string, value: string): void {
    this.#known.set(key, value);
    if (this.#known.size <= most) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }

  #question(key: string): Promise<Map<string, string>> {
    if (!this.#asking) {
      const keys = new Set<string>();
      const answer = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
        this.#asking = undefined;
        return this.#ask([...keys]);
      });
      this.#asking = { keys, answer };
    }
    this.#asking.keys.add(key);
    return this.#asking.answer;
  }
}
