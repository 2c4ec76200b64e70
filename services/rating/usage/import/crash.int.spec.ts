import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres } from '#test/harness/postgres';
import { clock, csv, log, pieces, seedLine, totals, type World, world } from '../../testing/world.ts';
import { sweep } from './upkeep.ts';

const program = fileURLToPath(new URL('../../testing/importFile.ts', import.meta.url));
const execute = promisify(execFile);
const lineCount = 20;

const records = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, offset) => {
    const index = from + offset;
    const number = `0120000${String(index % lineCount).padStart(4, '0')}`;
    return `id-${index},${number},iot.kr,2026-11-${String(1 + (index % 20)).padStart(2, '0')}T00:00:00Z,${index},1`;
  });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jangbu-rating-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fileOf(name: string, rows: string[]): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, csv(rows));
  return file;
}

async function importing(at: World, file: string, killAt = ''): Promise<{ rated: number; duplicate: number }> {
  const environment = { ...process.env, JANGBU_KILL_AT: killAt };
  const { stdout } = await execute(process.execPath, [program, at.url, file], { env: environment });
  return JSON.parse(stdout);
}

async function seeded(): Promise<World> {
  const at = await world();
  for (let index = 0; index < lineCount; index++) {
    await seedLine(at.database, { number: `0120000${String(index).padStart(4, '0')}` });
  }
  return at;
}

/** The totals of an undisturbed import of the same records. */
async function expectedTotals(rows: string[]): Promise<Record<string, string>> {
  await using at = await seeded();
  await at.imports().run({ business: 'iot', source: '', pieces: pieces(csv(rows)) });
  return await totals(at.database);
}

async function addUp(at: World): Promise<void> {
  const { rows } = await at.database.query(
    `select id from usage_files where records_read <> rated + duplicate + late + malformed + unknown_line + apn_mismatch
       + line_not_active + future`,
  );
  expect(rows).toEqual([]);
  const { rows: sums } = await at.database.query(
    `select (select sum(rated) from usage_files)::int as files,
       (select coalesce(sum(records), 0) from usage_blocks)::int as records,
       (select coalesce(sum(length(accounts)) / 4, 0) from usage_blocks)::int as accounts`,
  );
  expect(new Set(Object.values(sums[0])).size).toBe(1);
}

describe('a killed importer', () => {
  it.each(['usage.before-commit@3', 'usage.after-commit@3', 'usage.before-commit@8'])(
    'IOT-7 at %s leaves what was committed; the file sent again ends in the same totals',
    async (killAt) => {
      const rows = records(0, 4_000);
      const file = await fileOf('whole.csv', rows);
      await using at = await seeded();
      await expect(importing(at, file, killAt)).rejects.toMatchObject({ signal: 'SIGKILL' });
      await expect
        .poll(async () => {
          await sweep(at.database, clock, log);
          return (await at.database.query('select state, state_reason from usage_files')).rows;
        })
        .toEqual([{ state: 'FAILED', state_reason: 'USAGE_FILE_INTERRUPTED' }]);
      await addUp(at);
      const again = await importing(at, file);
      expect(again.rated + again.duplicate).toBe(4_000);
      expect(again.duplicate).toBeGreaterThan(0);
      await addUp(at);
      expect(await totals(at.database)).toEqual(await expectedTotals(rows));
    },
  );

  it('IOT-7 PostgreSQL is killed in the middle of a file; the file under another name ends in the same totals', async () => {
    await using server = await startPostgres({ durable: true });
    const before = process.env.TEST_DATABASE_URL;
    process.env.TEST_DATABASE_URL = server.url;
    await using at = await seeded().finally(() => {
      process.env.TEST_DATABASE_URL = before;
    });
    const rows = records(0, 6_000);
    const imports = at.imports({ limits: { bytes: 256 * 1024, records: 500 } });
    async function* file() {
      yield Buffer.from(csv(rows.slice(0, 4_000)));
      // What is full is on its way; the rest of the piece waits for more.
      yield Buffer.from(`${rows.slice(4_000, 5_000).join('\n')}\n`.repeat(10));
      await expect
        .poll(async () => (await at.database.query('select rated from usage_files')).rows[0]?.rated ?? 0n)
        .toBeGreaterThan(0n);
      await server.killAndRestart();
      yield Buffer.from(`${rows.slice(5_000).join('\n')}\n`);
    }
    await expect(imports.run({ business: 'iot', source: 'one', pieces: file() })).rejects.toThrow();
    await expect
      .poll(async () => {
        await sweep(at.database, clock, log).catch(() => {});
        return (await at.database.query('select state from usage_files').catch(() => ({ rows: [] }))).rows;
      })
      .toEqual([{ state: 'FAILED' }]);
    await addUp(at);
    const again = await imports.run({ business: 'iot', source: 'other', pieces: pieces(csv(rows)) });
    expect(again.rated + again.duplicate).toBe(6_000n);
    await addUp(at);
    expect(await totals(at.database)).toEqual(await expectedTotals(rows));
  });

  it('does not sweep a file that is being imported', async () => {
    await using at = await seeded();
    async function* file() {
      yield Buffer.from(csv(records(0, 10)));
      await sweep(at.database, clock, log);
      yield Buffer.from(`${records(10, 20).join('\n')}\n`);
    }
    const row = await at.imports().run({ business: 'iot', source: '', pieces: file() });
    expect(row).toMatchObject({ state: 'IMPORTED', rated: 20n });
  });
});

describe('several importers', () => {
  it('IOT-7 two processes import overlapping files at once and count each record once', async () => {
    const rows = records(0, 9_000);
    const one = await fileOf('one.csv', rows.slice(0, 6_000));
    const other = await fileOf('other.csv', rows.slice(3_000).reverse());
    await using at = await seeded();
    const [a, b] = await Promise.all([importing(at, one), importing(at, other)]);
    expect(a.rated + b.rated).toBe(9_000);
    expect(a.duplicate + b.duplicate).toBe(3_000);
    await addUp(at);
    expect(await totals(at.database)).toEqual(await expectedTotals(rows));
  });

  it('IOT-7 one process imports the same file four times at once', async () => {
    const rows = records(0, 3_000);
    await using at = await seeded();
    const imports = at.imports({ limits: { bytes: 256 * 1024, records: 400 } });
    await imports.warmUp();
    const files = await Promise.all(
      Array.from({ length: 4 }, () => imports.run({ business: 'iot', source: '', pieces: pieces(csv(rows)) })),
    );
    expect(files.reduce((sum, { rated }) => sum + rated, 0n)).toBe(3_000n);
    await addUp(at);
    expect(await totals(at.database)).toEqual(await expectedTotals(rows));
  });
});
