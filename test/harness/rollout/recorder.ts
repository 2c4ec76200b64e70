interface Done {
  readonly kind: string;
  readonly endedAt: number;
  readonly ms: number;
}

export interface Latency {
  readonly calls: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** The longest time in which no call at all was answered. */
  readonly pause: number;
}

/** Measures calls that are made once and never again: what fails has failed. */
export class Recorder {
  readonly failures: string[] = [];
  readonly #done: Done[] = [];

  /** Undefined where the call failed. */
  async time<Answer>(kind: string, call: () => Promise<Answer>): Promise<Answer | undefined> {
    const startedAt = performance.now();
    try {
      const answer = await call();
      const endedAt = performance.now();
      this.#done.push({ kind, endedAt, ms: endedAt - startedAt });
      return answer;
    } catch (error) {
      const ms = Math.round(performance.now() - startedAt);
      this.failures.push(`${new Date().toISOString()} ${kind} after ${ms} ms: ${said(error)}`);
      return undefined;
    }
  }

  get kinds(): string[] {
    return [...new Set(this.#done.map(({ kind }) => kind))].sort();
  }

  count(kind: string): number {
    return this.#done.filter((each) => each.kind === kind).length;
  }

  /** Of the calls that ended between two moments of `performance.now()`; of one kind, or of all but those left out. */
  latency(from: number, to: number, matches: (kind: string) => boolean = () => true): Latency {
    const done = this.#done.filter(({ kind, endedAt }) => endedAt >= from && endedAt <= to && matches(kind));
    const times = done.map(({ ms }) => ms).sort((a, b) => a - b);
    const ends = [from, ...done.map(({ endedAt }) => endedAt).sort((a, b) => a - b), to];
    const pause = Math.max(...ends.slice(1).map((end, index) => end - (ends[index] ?? end)));
    const at = (share: number) => Math.round(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0);
    return {
      calls: times.length,
      perSecond: Math.round((times.length / (to - from)) * 1_000),
      p50: at(0.5),
      p99: at(0.99),
      max: at(1),
      pause: Math.round(pause),
    };
  }
}

function said(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
