export interface Run {
  /** Calls a second. */
  perSecond: number;
  /** In milliseconds. */
  p50: number;
  p99: number;
}

/** So many clients that each call, wait for the answer, and call again, for so long. */
export async function runLoad(call: () => Promise<void>, clients: number, seconds: number): Promise<Run> {
  const latencies: number[] = [];
  const began = performance.now();
  const end = began + seconds * 1_000;
  const client = async () => {
    for (let from = performance.now(); from < end; ) {
      await call();
      const now = performance.now();
      latencies.push(now - from);
      from = now;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { perSecond: latencies.length / ((performance.now() - began) / 1_000), p50: at(0.5), p99: at(0.99) };
}

/** The run in the middle by its speed. */
export function medianRun(runs: readonly Run[]): Run {
  const sorted = [...runs].sort((a, b) => a.perSecond - b.perSecond);
  return sorted[Math.floor(sorted.length / 2)] ?? { perSecond: 0, p50: 0, p99: 0 };
}
