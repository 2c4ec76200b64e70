import { closeSync, mkdirSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const rotateAtBytes = 20 * 1024 * 1024;

/**
 * A process's output, written by the process itself straight into a file: it costs the supervisor nothing, and a
 * process that outlives the supervisor for a moment can still write while it drains.
 */
export class LogFile {
  readonly path: string;
  #offset = 0;

  constructor(path: string) {
    this.path = path;
  }

  /** Opens the file for a new process; `newLines` then starts with that process's output. */
  open(): number {
    mkdirSync(dirname(this.path), { recursive: true });
    if (this.#size() > rotateAtBytes) renameSync(this.path, `${this.path}.1`);
    this.#offset = this.#size();
    return openSync(this.path, 'a');
  }

  /** The whole lines that have been written since the last call. */
  newLines(): string[] {
    const text = this.#read(this.#offset, this.#size());
    const end = text.lastIndexOf('\n') + 1;
    this.#offset += Buffer.byteLength(text.slice(0, end));
    return text.slice(0, end).split('\n').filter(Boolean);
  }

  /** The last lines, for an error message. */
  tail(lines = 15): string {
    const size = this.#size();
    return this.#read(Math.max(0, size - 16_384), size)
      .trimEnd()
      .split('\n')
      .slice(-lines)
      .join('\n');
  }

  #size(): number {
    return statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
  }

  #read(from: number, to: number): string {
    if (to <= from) return '';
    const file = openSync(this.path, 'r');
    try {
      const buffer = Buffer.alloc(to - from);
      return buffer.toString('utf8', 0, readSync(file, buffer, 0, buffer.length, from));
    } finally {
      closeSync(file);
    }
  }
}
