import { mkdir, open, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '#shared/database/database';
import { faultOf, isTransient } from '#shared/errors/classify';
import type { Logger } from '#shared/telemetry/log';
import type { UsageImport } from '../import/importUsage.ts';
import { DropClaims } from './dropClaims.ts';
import { dropReport } from './dropReport.ts';

const everyMs = 1_000;
/** A file that failed for a reason that may pass is tried again after so long. */
const usualAgainAfterMs = 10_000;
/** A file that has not changed for so long is taken. */
const settledAfterMs = 900;
/** Files that a replica takes at a time; the others are left to other replicas. */
const mostUnderWay = 4;
const readBytes = 1024 * 1024;
const businessName = /^[a-z][a-z0-9-]{0,31}$/;
const fileName = /\.csv(\.gz)?$/;

interface Seen {
  look: string;
  notBefore: number;
}

/** A file that was imported, or never will be, and has to be moved. */
interface Ended {
  look: string;
  to: 'done' | 'failed';
  report: object;
}

export interface DropFolderOptions {
  folder: string;
  database: Database;
  imports: UsageImport;
  log: Logger;
  againAfterMs?: number;
}

/**
 * Imports the files in `<folder>/<business>/`, which replicas may share. A file is taken when it has not changed for a second; a name that begins with
 * a dot is left alone, so that a sender may write under such a name and rename. Afterwards it is moved to `done/` or `failed/`, with a report beside it. A crash before
 * that leaves it where it is: it is imported again, and all of it is duplicate.
 */
export class DropFolder {
  readonly #options: DropFolderOptions;
  readonly #claims: DropClaims;
  readonly #seen = new Map<string, Seen>();
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #imported = new Map<string, Ended>();
  #wake: () => void = () => {};

  constructor(options: DropFolderOptions) {
    this.#options = options;
    this.#claims = new DropClaims(options.database);
  }

  /** Looks again and again until the signal is aborted; then waits for the files under way. */
  async watch(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#wake());
    // Made, so that whoever wants to put something into it finds it; where that is not allowed, looking says what is wrong.
    await mkdir(this.#options.folder, { recursive: true }).catch(() => {});
    while (!signal.aborted) {
      await this.look().catch((error) => this.#options.log.warn({ err: error }, 'the drop folder cannot be read'));
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, everyMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
        if (signal.aborted) this.#wake();
      });
    }
    await Promise.all(this.#underWay.values());
    await this.#claims.close();
  }

  /** Takes the files that have not changed for a while, as many as may be under way. */
  async look(): Promise<void> {
    const found = new Set<string>();
    for (const business of await folders(this.#options.folder)) {
      for (const name of await this.#namesIn(business)) {
        const key = `${business}/${name}`;
        found.add(key);
        if (!this.#underWay.has(key) && (await this.#isSettled(key)) && this.#underWay.size < mostUnderWay)
          this.#take(business, name);
      }
    }
    for (const known of [this.#seen, this.#imported])
      for (const key of known.keys()) if (!found.has(key)) known.delete(key);
  }

  /** A folder that cannot be read keeps nobody from the others. */
  async #namesIn(business: string): Promise<string[]> {
    try {
      return await filesIn(join(this.#options.folder, business));
    } catch (error) {
      this.#options.log.warn({ err: error, business }, 'a folder of the drop folder cannot be read');
      return [];
    }
  }

  async #isSettled(key: string): Promise<boolean> {
    const now = await lookOf(join(this.#options.folder, key));
    if (!now) return false;
    const at = performance.now();
    const before = this.#seen.get(key);
    if (before?.look === now) return at >= before.notBefore;
    this.#seen.set(key, { look: now, notBefore: at + settledAfterMs });
    return false;
  }

  #take(business: string, name: string): void {
    const key = `${business}/${name}`;
    const work = this.#claims
      .whileHeld(key, () => this.#handle(business, name))
      .then(
        (held) => {
          if (!held) this.#tryLater(key, everyMs);
        },
        (error) => {
          this.#options.log.warn({ err: error, file: key }, 'a file of the drop folder could not be handled');
          this.#tryLater(key);
        },
      )
      .finally(() => {
        this.#underWay.delete(key);
        this.#wake();
      });
    this.#underWay.set(key, work);
  }

  /** Imports the file and moves it. One whose move failed is only moved the next time. */
  async #handle(business: string, name: string): Promise<void> {
    const key = `${business}/${name}`;
    const path = join(this.#options.folder, key);
    const look = await lookOf(path);
    // Another replica may have moved it between the look and the claim.
    if (look === undefined) return;
    const known = this.#imported.get(key);
    const end = known?.look === look ? known : await this.#import(business, name, look);
    if (!end) return;
    // What came to it meanwhile, or took its place, has not been read: it is taken again once it rests.
    if ((await lookOf(path)) !== look) return;
    this.#imported.set(key, end);
    await this.#move(business, name, end.to, end.report);
    this.#imported.delete(key);
  }

  /** Undefined where it failed for a reason that may pass. */
  async #import(business: string, name: string, look: string): Promise<Ended | undefined> {
    const { folder, imports, log } = this.#options;
    const file = await open(join(folder, business, name));
    try {
      const pieces = file.createReadStream({ highWaterMark: readBytes, autoClose: false });
      const row = await imports.run({ business, source: name, kind: 'DROP', pieces });
      return { look, to: 'done', report: dropReport(row) };
    } catch (error) {
      const fault = faultOf(error);
      log.info({ file: `${business}/${name}`, reason: fault.reason }, 'a file of the drop folder failed');
      const { metadata, reason, message } = fault;
      if (!isTransient(fault) && reason !== 'INTERNAL')
        return { look, to: 'failed', report: { ...metadata, reason, message } };
      this.#tryLater(`${business}/${name}`);
      return undefined;
    } finally {
      await file.close();
    }
  }

  #tryLater(key: string, afterMs = this.#options.againAfterMs ?? usualAgainAfterMs): void {
    const seen = this.#seen.get(key);
    if (seen) seen.notBefore = performance.now() + afterMs;
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

/** What a file looks like that changes when it is written to or another takes its place; undefined if there is none. */
async function lookOf(path: string): Promise<string | undefined> {
  const file = await stat(path).catch(() => undefined);
  return file && `${file.ino} ${file.size} ${file.mtimeMs}`;
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
