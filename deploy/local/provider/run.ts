/** Runs a stand-in of a foreign system as a process: says that it is ready, waits for a signal, closes. */
export async function runProvider(start: () => Promise<{ port: number } & AsyncDisposable>): Promise<void> {
  const running = await start();
  process.stdout.write(`${JSON.stringify({ msg: 'ready', port: running.port })}\n`);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
  await running[Symbol.asyncDispose]();
  process.exit(0);
}

export function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is missing`);
  return value;
}
