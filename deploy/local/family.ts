import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const reaperFile = fileURLToPath(new URL('./reaper.ts', import.meta.url));

export interface Relative {
  pid: number;
  stopSignal: NodeJS.Signals;
  stage: number;
}

export type Message = { add: Relative } | { remove: number } | { folder: string };

/**
 * The processes that must not outlive this one. A reaper process knows them all and holds the reading end of a
 * pipe whose writing end only this process has. When this process ends in any way, SIGKILL included, the pipe
 * closes and the reaper ends the family. Signals cannot give that guarantee: SIGKILL runs no handler.
 */
export class Family {
  #relatives = new Map<number, Relative>();
  #folders = new Set<string>();
  #reaper: ChildProcess | undefined;
  #closed = false;

  adopt(relative: Relative): void {
    this.#relatives.set(relative.pid, relative);
    if (this.#reaper) this.#tell({ add: relative });
    else this.#startReaper();
  }

  release(pid: number): void {
    if (this.#relatives.delete(pid)) this.#tell({ remove: pid });
  }

  /** A temporary folder, to be removed when the whole family has ended. */
  leave(folder: string): void {
    this.#folders.add(folder);
    if (this.#reaper) this.#tell({ folder });
    else this.#startReaper();
  }

  /** Ends the reaper too; whoever is still in the family is ended by it. */
  close(): void {
    this.#closed = true;
    this.#reaper?.stdin?.end();
    this.#reaper = undefined;
  }

  #startReaper(): void {
    // A group of its own: neither Ctrl-C nor a kill of the whole group may reach it.
    const reaper = spawn(process.execPath, [reaperFile], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    reaper.stdin?.on('error', () => undefined);
    reaper.on('error', () => undefined);
    reaper.unref();
    (reaper.stdin as unknown as { unref?: () => void }).unref?.();
    reaper.once('exit', () => {
      if (this.#reaper !== reaper) return;
      this.#reaper = undefined;
      if (!this.#closed && this.#relatives.size + this.#folders.size > 0) this.#startReaper();
    });
    this.#reaper = reaper;
    for (const add of this.#relatives.values()) this.#tell({ add });
    for (const folder of this.#folders) this.#tell({ folder });
  }

  #tell(message: Message): void {
    this.#reaper?.stdin?.write(`${JSON.stringify(message)}\n`);
  }
}
