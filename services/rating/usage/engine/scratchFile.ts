import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A file of this process's own for what does not fit into its memory. It is unlinked as soon as it is open, so it goes with the process, however that
 * ends; everything in it can be had from the database again.
 */
export class ScratchFile {
  readonly #file: number;
  #length = 0;

  constructor(folder: string) {
    const own = mkdtempSync(join(folder, 'jangbu-usage-keys-'));
    this.#file = openSync(join(own, 'keys'), 'w+');
    rmSync(own, { recursive: true });
  }

  /** Appends bytes; answers where they begin. */
  append(bytes: Uint8Array): number {
    const start = this.#length;
    for (let written = 0; written < bytes.length; ) {
      written += writeSync(this.#file, bytes, written, bytes.length - written, start + written);
    }
    this.#length += bytes.length;
    return start;
  }

  read(target: Uint8Array, position: number): void {
    let done = 0;
    while (done < target.length) {
      const read = readSync(this.#file, target, done, target.length - done, position + done);
      if (read === 0) throw new Error('the scratch file is shorter than it was');
      done += read;
    }
  }

  close(): void {
    closeSync(this.#file);
  }
}
