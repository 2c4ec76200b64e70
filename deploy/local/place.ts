import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the local mesh keeps everything, whatever the current folder is. */
export const dataDir = resolve(process.env.JANGBU_DATA_DIR ?? fileURLToPath(new URL('../../.jangbu', import.meta.url)));

/** A start-up fault is one line for a person, not a stack. */
export function fail(cause: unknown): never {
  process.stderr.write(`${cause instanceof Error ? cause.message : String(cause)}\n`);
  process.exit(1);
}

/** A path as a person would write it in the current folder. */
export function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short || '.';
}
