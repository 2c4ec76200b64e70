import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Family } from './family.ts';
import { LogFile } from './logFile.ts';
import type { Program } from './program.ts';
import { signalGroup } from './signals.ts';

const firstPauseMs = 200;
const longestPauseMs = 5_000;
/** After a run this long the pause before the next start is short again. */
const healthyAfterMs = 20_000;

export type ProcessState = 'stopped' | 'starting' | 'ready' | 'waiting';

/**
 * Runs one program and starts it again whenever it ends without having been told to.
 *
 *   stopped → starting → ready → (dies) waiting → starting → …
 *   any state → stopped, by `stop()`
 */
export class Supervised {
  readonly program: Program;
  readonly log: LogFile;
  restarts = 0;
  #state: ProcessState = 'stopped';
  #wanted = false;
  #child: ChildProcess | undefined;
  #watching: Promise<void> = Promise.resolve();
  #wake = new AbortController();
  #family: Family;
  #report: (line: string) => void;

  constructor(program: Program, logPath: string, family: Family, report: (line: string) => void = () => undefined) {
    this.program = program;
    this.log = new LogFile(logPath);
    this.#family = family;
    this.#report = report;
  }

  get state(): ProcessState {
    return this.#state;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts the program and waits until it is ready. Only a program that was ready once is started again. */
  async start(): Promise<void> {
    if (this.#wanted) return this.untilReady();
    await this.#watching;
    this.#wanted = true;
    this.#wake = new AbortController();
    try {
      await this.#launch();
    } catch (cause) {
      this.#wanted = false;
      this.#state = 'stopped';
      throw cause;
    }
    this.#watching = this.#watch();
  }

  /** Ends the program and leaves it so. */
  async stop(signal: NodeJS.Signals = this.program.stopSignal): Promise<void> {
    this.#wanted = false;
    this.#wake.abort();
    const child = this.#child;
    if (child) await this.#end(child, signal);
    await this.#watching;
    this.#state = 'stopped';
  }

  /** Signals the program without the supervisor's knowing: after a deadly signal it is started again. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (!child?.pid || hasEnded(child)) return;
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') this.#state = 'waiting';
    signalGroup(child.pid, signal);
    if (signal === 'SIGKILL') await untilExit(child);
  }

  async untilReady(limitMs = 60_000): Promise<void> {
    const limit = Date.now() + limitMs;
    while (this.#state !== 'ready') {
      if (Date.now() > limit || !this.#wanted) throw new Error(`${this.program.name} is ${this.#state}, not ready`);
      await sleep(10);
    }
  }

  async #watch(): Promise<void> {
    let pauseMs = firstPauseMs;
    for (;;) {
      const startedAt = Date.now();
      if (this.#child) await untilExit(this.#child);
      if (!this.#wanted) return;
      this.#state = 'waiting';
      this.restarts++;
      const how = this.#child?.signalCode ?? `exit code ${this.#child?.exitCode}`;
      this.#report(`${this.program.name} ended (${how}); starting it again`);
      pauseMs = Date.now() - startedAt > healthyAfterMs ? firstPauseMs : pauseMs;
      await sleep(pauseMs, undefined, { signal: this.#wake.signal }).catch(() => undefined);
      pauseMs = Math.min(longestPauseMs, pauseMs * 2);
      if (!this.#wanted) return;
      await this.#launch().catch((cause: Error) => this.#report(cause.message));
    }
  }

  async #launch(): Promise<void> {
    const { name, isReadyLine, readyLimitMs } = this.program;
    this.#state = 'starting';
    const child = this.#spawn();
    await Promise.race([once(child, 'spawn'), once(child, 'error').then(([cause]) => Promise.reject(cause))]);
    const limit = Date.now() + readyLimitMs;
    let ended = false;
    while (!this.log.newLines().some(isReadyLine)) {
      // The log is read once more after the end: a program that was ready and has ended is for the watch, not a fault.
      if (ended) throw this.#notReady(`${name} ended before it was ready`);
      ended = hasEnded(child);
      if (Date.now() > limit) {
        await this.#end(child, 'SIGKILL');
        throw this.#notReady(`${name} was not ready within ${readyLimitMs} ms`);
      }
      if (!ended) await sleep(20);
    }
    if (!hasEnded(child)) this.#state = 'ready';
  }

  #spawn(): ChildProcess {
    const { file, args, env, runAs, stopSignal, stage } = this.program;
    const output = this.log.open();
    // A group of its own, so that Ctrl-C in a terminal reaches the supervisor only, which then ends all in order.
    const options = { stdio: ['ignore', output, output] as ['ignore', number, number], detached: true, ...runAs };
    const child = spawn(file, args, { ...options, env: { ...process.env, ...env } });
    closeSync(output);
    this.#child = child;
    const { pid } = child;
    if (pid === undefined) return child;
    this.#family.adopt({ pid, stopSignal, stage });
    child.once('exit', () => {
      this.#family.release(pid);
      if (this.#child === child) this.#state = this.#wanted ? 'waiting' : 'stopped';
    });
    return child;
  }

  async #end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
    if (!child.pid || hasEnded(child)) return;
    const { pid } = child;
    signalGroup(pid, signal);
    // A stopped process (SIGSTOP) would never see the signal.
    signalGroup(pid, 'SIGCONT');
    const force = setTimeout(() => signalGroup(pid, 'SIGKILL'), this.program.stopLimitMs);
    await untilExit(child);
    clearTimeout(force);
  }

  #notReady(what: string): Error {
    return new Error(`${what}; the end of ${this.log.path}:\n${this.log.tail()}`);
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

async function untilExit(child: ChildProcess): Promise<void> {
  if (!hasEnded(child)) await once(child, 'exit');
}
