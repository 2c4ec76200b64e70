import { SingleBar } from 'cli-progress';

export interface Progress {
  update(done: number): void;
  /** Ends the step at its total. */
  end(total?: number): void;
}

/** A bar on a terminal, one line a step elsewhere, and nothing without an output. */
export function progress(out: NodeJS.WritableStream | undefined, name: string, total: number): Progress {
  if (out === undefined) return { update() {}, end() {} };
  if (!('isTTY' in out && out.isTTY)) {
    return {
      update() {},
      end: (final = total) => void out.write(`  ${name} ${final.toLocaleString('en')}\n`),
    };
  }
  const bar = new SingleBar({
    format: `  {name} {bar} {value} / {total}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 32,
    hideCursor: true,
    stream: out,
    formatValue: (value, _options, type) =>
      type === 'value' || type === 'total' ? value.toLocaleString('en') : String(value),
  });
  bar.start(total, 0, { name: name.padEnd(16) });
  return {
    update: (done) => bar.update(Math.min(done, total)),
    end(final = total) {
      bar.setTotal(final);
      bar.update(final);
      bar.stop();
    },
  };
}
