import type { Latency, Recorder } from '../../harness/rollout/recorder.ts';

interface Measured {
  readonly recorder: Recorder;
  readonly before: readonly [from: number, to: number];
  readonly during: readonly [from: number, to: number];
}

/** Uploads and lines take as long as their sender chooses; they are counted, and their times say nothing. */
const ownPace = /upload|stream|held/;

/** What callers noticed of the roll, as lines of text. */
export function report({ recorder, before, during }: Measured): string[] {
  const row = (name: string, { calls, perSecond, p50, p99, max, pause }: Latency) =>
    [name.padEnd(24), ...[calls, perSecond, p50, p99, max, pause].map((value) => String(value).padStart(8))].join('');
  const prompt = (kind: string) => !ownPace.test(kind);
  const head = ['', 'calls', 'per s', 'p50 ms', 'p99 ms', 'max ms', 'pause ms'];
  return [
    head.map((name, index) => (index === 0 ? name.padEnd(24) : name.padStart(8))).join(''),
    row('before the roll', recorder.latency(...before, prompt)),
    row('during the roll', recorder.latency(...during, prompt)),
    ...recorder.kinds.map((kind) =>
      row(
        `  ${kind}`,
        recorder.latency(...during, (each) => each === kind),
      ),
    ),
    `failed calls: ${recorder.failures.length}`,
  ];
}
