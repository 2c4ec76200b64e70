/**
 * A place at which the conformance suites kill the process, to prove that any other place would do as well.
 * `JANGBU_KILL_AT=outbox.after-publish` dies there at once, `…@3` when it is passed for the third time.
 * Without the variable, that is outside of tests, it does nothing.
 */
export function killPoint(name: string): void {
  if (wanted === undefined || name !== wanted.name) return;
  wanted.passes -= 1;
  // SIGKILL cannot be caught: no handler runs, no buffer is flushed, no connection is closed politely.
  if (wanted.passes === 0) process.kill(process.pid, 'SIGKILL');
}

const wanted = parse(process.env.JANGBU_KILL_AT);

function parse(text: string | undefined): { name: string; passes: number } | undefined {
  if (!text) return undefined;
  const [name = '', passes = '1'] = text.split('@');
  return { name, passes: Number(passes) };
}
