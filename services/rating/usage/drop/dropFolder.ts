import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '#shared/database/database';
import { faultOf, isTransient } from '#shared/errors/classify';
import type { Logger } from '#shared/telemetry/log';
import type { UsageImport } from '../import/importUsage.ts';
import { DropClaims } from './dropClaims.ts';
import { dropReport } from './dropReport.ts';

const everyMs = 1_000;
/** A file that failed for a reason that may pass is tried again after so long. */
const againAfterMs = 10_000;
const readBytes = 1024 * 1024;
const businessName = /^[a-z][a-z0-9-]{0,31}$/;
const fileName = /\.csv(\.gz)?$/;

interface Seen {
  size: number;
  changed: number;
  notBefore: number;
}

export interface DropFolderOptions {
  folder: string;
  database: Database;
  imports: UsageImport;
  log: Logger;
}

/**
 * Imports the files in `<folder>/<business>/`, which replicas may share. A file is taken when it has not changed between two looks; a name that begins with
 * a dot is left alone, so that a sender may write under such a name and rename. Afterwards it is moved to `done/` or `failed/`, with a report beside it. A crash before
 * that leaves it where it is: it is imported again, and all of it is duplicate.
 */
export class DropFolder {
  readonly #options: DropFolderOptions;
  readonly #claims: DropClaims;
  readonly #seen = new Map<string, Seen>();
  readonly #underWay = new Map<string, Promise<void>>();

  constructor(options: DropFolderOptions) {
    this.#options = options;
    this.#claims = new DropClaims(options.database);
  }

  /** Looks again and again until the signal is aborted; then waits for the files under way. */
  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look().catch((error) => this.#options.log.warn({ err: error }, 'the drop folder cannot be read'));
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, everyMs);
        signal.addEventListener('abort', () => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    await Promise.all(this.#underWay.values());
    await this.#claims.close();
  }

  /** Takes every file that has not changed since the last look. */
  async look(): Promise<void> {
    const found = new Set<string>();
    for (const business of await folders(this.#options.folder)) {
      for (const name of await filesIn(join(this.#options.folder, business))) {
        const key = `${business}/${name}`;
        found.add(key);
        if (!this.#underWay.has(key) && (await this.#isSettled(key))) this.#take(business, name);
      }
    }
    for (const key of this.#seen.keys()) if (!found.has(key)) this.#seen.delete(key);
  }

  async #isSettled(key: string): Promise<boolean> {
    const now = await stat(join(this.#options.folder, key)).catch(() => undefined);
    if (!now) return false;
    const before = this.#seen.get(key);
    const same = before?.size === now.size && before.changed === now.mtimeMs;
    const notBefore = same ? before.notBefore : 0;
    this.#seen.set(key, { size: now.size, changed: now.mtimeMs, notBefore });
    return same && performance.now() >= notBefore;
  }

  #take(business: string, name: string): void {
    const key = `${business}/${name}`;
    const work = this.#claims
      .whileHeld(key, () => this.#import(business, name))
      .catch((error) =>
        this.#options.log.warn({ err: error, file: key }, 'a file of the drop folder could not be handled'),
      )
      .finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, work);
  }

  async #import(business: string, name: string): Promise<void> {
    const { folder, imports, log } = this.#options;
    const path = join(folder, business, name);
    // Another replica may have moved it between the look and the claim.
    if (!(await stat(path).catch(() => undefined))) return;
    try {
      const pieces = createReadStream(path, { highWaterMark: readBytes });
      const row = await imports.run({ business, source: name, kind: 'DROP', pieces });
      await this.#move(business, name, 'done', dropReport(row));
    } catch (error) {
      const fault = faultOf(error);
      log.info({ file: `${business}/${name}`, reason: fault.reason }, 'a file of the drop folder failed');
      if (isTransient(fault) || fault.reason === 'INTERNAL') this.#tryLater(`${business}/${name}`);
      else
        await this.#move(business, name, 'failed', { ...fault.metadata, reason: fault.reason, message: fault.message });
    }
  }

  #tryLater(key: string): void {
    const seen = this.#seen.get(key);
    if (seen) seen.notBefore = performance.now() + againAfterMs;
  }

  /** The report first: a file that was moved has one. A name that is taken there gets the time before it. */
  async #move(business: string, name: string, to: 'done' | 'failed', report: object): Promise<void> {
    const target = join(this.#options.folder, business, to);
    await mkdir(target, { recursive: true });
    const taken = await stat(join(target, name)).catch(() => undefined);
    const free = taken ? `${new Date().toISOString().replaceAll(':', '')}-${name}` : name;
    await writeFile(join(target, `${free}.json`), `${JSON.stringify(report, null, 2)}\n`);
    await rename(join(this.#options.folder, business, name), join(target, free));
  }
}

async function folders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory() && businessName.test(entry.name)).map(({ name }) => name);
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && fileName.test(entry.name) && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort();
}
