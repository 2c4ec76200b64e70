import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface GatewayProcess extends AsyncDisposable {
  url: string;
  /** Memory the process holds now. */
  rssBytes(): number;
  /** All that it has written to its log and to its error output. */
  output(): string;
}

/** The gateway as it runs in production: its main file in a process of its own. */
export async function startGatewayProcess(settings: Record<string, string>): Promise<GatewayProcess> {
  const main = fileURLToPath(new URL('../main.ts', import.meta.url));
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env.PATH, PORT: '0', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Closed, that is: gone, and all that it wrote has been read.
  const closed = once(child, 'close');
  let output = '';
  child.stderr.on('data', (chunk) => {
    output += chunk;
    process.stderr.write(chunk);
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the gateway ended before it was ready')));
    createInterface({ input: child.stdout }).on('line', (line) => {
      output += `${line}\n`;
      const { msg, port } = JSON.parse(line) as { msg: string; port: number };
      if (msg === 'ready') resolve(port);
    });
  });
  return {
    url: `http://127.0.0.1:${port}`,
    output: () => output,
    rssBytes: () => Number(execFileSync('ps', ['-o', 'rss=', '-p', String(child.pid)]).toString()) * 1024,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await closed;
    },
  };
}
