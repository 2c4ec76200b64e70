import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A process of a suite: one that kills itself at its kill point, or is killed. */
export class Child implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #exit: Promise<unknown[]>;
  #output = '';

  constructor(program: string, environment: Record<string, string>) {
    const file = fileURLToPath(new URL(program, import.meta.url));
    this.#process = spawn(process.execPath, [file], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#exit = once(this.#process, 'exit');
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    }
  }

  /** What it has printed, for the message of a failed test. */
  get output(): string {
    return this.#output;
  }

  /** Waits until it has died at its kill point; any other end is a failure. */
  async untilKilled(): Promise<void> {
    const [code, signal] = await this.#exit;
    if (signal !== 'SIGKILL') throw new Error(`the child ended with ${code ?? signal} instead:\n${this.#output}`);
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) await this.kill();
  }
}

/** Waits until a question is answered with true; fails with the last answer. */
export async function until(question: () => Promise<boolean> | boolean, what: string, limitMs = 20_000): Promise<void> {
  const end = Date.now() + limitMs;
  for (;;) {
    if (await question()) return;
    if (Date.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
