/** Work that is under way in this process, by what it is about: whoever wants the same waits for the same. */
export class InFlight<T> {
  readonly #running = new Map<string, Promise<T>>();

  once(id: string, work: () => Promise<T>): Promise<T> {
    const running = this.#running.get(id);
    if (running) return running;
    const begun = work().finally(() => this.#running.delete(id));
    this.#running.set(id, begun);
    return begun;
  }
}
