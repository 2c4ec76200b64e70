import { appendFile, chmod, chown, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { csv, log, seedLine, totals, type World, world } from '../../testing/world.ts';
import { DropFolder } from './dropFolder.ts';

const line = '01200000001';
const nobody = 65_534;
const record = (id: string) => `${id},${line},iot.kr,2026-11-10T10:00:00Z,10,90`;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jangbu-drop-'));
  await mkdir(join(folder, 'iot'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const dropOf = (at: World, imports = at.imports()) =>
  new DropFolder({ folder, database: at.database, imports, log, againAfterMs: 500 });
const moved = (to: string) => readdir(join(folder, 'iot', to)).catch(() => []);

/** Watches until the condition holds. */
async function watching(drops: DropFolder[], condition: () => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const watches = drops.map((drop) => drop.watch(stop.signal));
  try {
    await condition();
  } finally {
    stop.abort();
    await Promise.all(watches);
  }
}

it('IOT-6 imports files of the drop folder once, also with two replicas at it, and moves them with their reports', async () => {
  await using at = await world();
  await seedLine(at.database, { number: line });
  await writeFile(join(folder, 'iot', 'one.csv'), csv([record('a'), record('b')]));
  await writeFile(join(folder, 'iot', 'two.csv.gz'), gzipSync(csv([record('b'), record('c')])));
  await writeFile(join(folder, 'iot', 'bad.csv'), 'no header\n');
  await writeFile(join(folder, 'iot', '.hidden.csv'), csv([record('h')]));
  await watching([dropOf(at), dropOf(at)], async () => {
    await expect.poll(() => moved('done')).toHaveLength(4);
    await expect.poll(() => moved('failed')).toHaveLength(2);
  });
  const report = JSON.parse(await readFile(join(folder, 'iot', 'done', 'one.csv.json'), 'utf8'));
  expect(report).toMatchObject({ source: 'one.csv', kind: 'USAGE_FILE_KIND_DROP', recordsRead: '2' });
  const failure = JSON.parse(await readFile(join(folder, 'iot', 'failed', 'bad.csv.json'), 'utf8'));
  expect(failure).toMatchObject({ reason: 'USAGE_FILE_HEADER_INVALID' });
  expect(await totals(at.database)).toEqual({ [`2026-11 ${line}`]: '300 in 3' });
  expect((await at.database.query("select 1 from usage_files where state = 'IMPORTED'")).rows).toHaveLength(2);
  expect(await readdir(join(folder, 'iot'))).toContain('.hidden.csv');
});

it('IOT-7 takes a file that still grows only when it is whole, and one left behind by a crash again', async () => {
  await using at = await world();
  await seedLine(at.database, { number: line });
  const drop = dropOf(at);
  const path = join(folder, 'iot', 'grows.csv');
  await writeFile(path, csv([record('a')]));
  await drop.look();
  await writeFile(path, csv([record('a'), record('b')]));
  await drop.look();
  expect((await at.database.query('select 1 from usage_files')).rows).toEqual([]);
  await watching([drop], () => expect.poll(() => moved('done')).toHaveLength(2));
  // As after a crash between the import and the move.
  await rename(join(folder, 'iot', 'done', 'grows.csv'), path);
  await watching([dropOf(at)], () => expect.poll(() => moved('done')).toContain('grows.csv'));
  expect(await totals(at.database)).toEqual({ [`2026-11 ${line}`]: '200 in 2' });
});

it('IOT-6 empty and broken files fail with a reason, and any name will do', async () => {
  await using at = await world();
  await seedLine(at.database, { number: line });
  const whole = gzipSync(csv(Array.from({ length: 1_000 }, (_, index) => record(`z${index}`))));
  await writeFile(join(folder, 'iot', 'empty.csv'), '');
  await writeFile(join(folder, 'iot', 'torn.csv.gz'), whole.subarray(0, -20));
  await writeFile(join(folder, 'iot', "it's ünder 100%; drop table.csv"), csv([record('a')]));
  await mkdir(join(folder, 'iot', 'folder.csv'));
  await mkdir(join(folder, 'Not A Business'));
  await watching([dropOf(at)], async () => {
    await expect.poll(() => moved('done')).toHaveLength(2);
    await expect.poll(() => moved('failed')).toHaveLength(4);
  });
  const reasonOf = async (name: string) =>
    JSON.parse(await readFile(join(folder, 'iot', 'failed', `${name}.json`), 'utf8')).reason;
  expect(await reasonOf('empty.csv')).toBe('USAGE_FILE_HEADER_INVALID');
  expect(await reasonOf('torn.csv.gz')).toBe('USAGE_FILE_CORRUPT');
});

it('IOT-7 a file that cannot be moved is imported once, and moved when it can be', async () => {
  await using at = await world();
  await seedLine(at.database, { number: line });
  await writeFile(join(folder, 'iot', 'one.csv'), csv([record('a')]));
  // Nothing can be moved into what is no folder.
  await writeFile(join(folder, 'iot', 'done'), '');
  const files = async () => (await at.database.query('select state from usage_files')).rows;
  await watching([dropOf(at)], async () => {
    await expect.poll(files).toEqual([{ state: 'IMPORTED' }]);
    // Several more attempts to move it.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await rm(join(folder, 'iot', 'done'));
    await expect.poll(() => moved('done')).toEqual(['one.csv', 'one.csv.json']);
  });
  expect(await files()).toHaveLength(1);
});

it('IOT-7 what is written to a file while it is imported is imported as well', async () => {
  await using at = await world();
  await seedLine(at.database, { number: line });
  const path = join(folder, 'iot', 'grows.csv');
  await writeFile(path, csv([record('a')]));
  const imports = at.imports();
  const run = imports.run.bind(imports);
  let grown = false;
  imports.run = async (file) => {
    const row = await run(file);
    if (!grown) await appendFile(path, `${record('b')}\n`);
    grown = true;
    return row;
  };
  await watching([dropOf(at, imports)], () => expect.poll(() => moved('done')).toHaveLength(2));
  expect(await totals(at.database)).toEqual({ [`2026-11 ${line}`]: '200 in 2' });
});

it('IOT-6 a folder or file that may not be read keeps nobody from the others', async () => {
  await using at = await world();
  await seedLine(at.database, { number: line });
  for (const business of ['a-closed', 'iot']) await mkdir(join(folder, business), { recursive: true });
  await writeFile(join(folder, 'iot', 'closed.csv'), csv([record('a')]));
  await writeFile(join(folder, 'iot', 'open.csv'), csv([record('b')]));
  const files = async () => (await at.database.query('select source from usage_files')).rows;
  const user = process.geteuid?.();
  for (const path of ['', 'iot', 'iot/open.csv']) await chown(join(folder, path), nobody, nobody);
  for (const path of ['a-closed', 'iot/closed.csv']) await chmod(join(folder, path), 0);
  // Root may read everything.
  if (user === 0) process.seteuid?.(nobody);
  try {
    await watching([dropOf(at)], async () => {
      await expect.poll(() => moved('done')).toEqual(['open.csv', 'open.csv.json']);
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      expect(await files()).toEqual([{ source: 'open.csv' }]);
    });
  } finally {
    process.seteuid?.(user ?? 0);
  }
});
