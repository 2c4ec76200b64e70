import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { csv, log, seedLine, totals, type World, world } from '../../testing/world.ts';
import { DropFolder } from './dropFolder.ts';

const line = '01200000001';
const record = (id: string) => `${id},${line},iot.kr,2026-11-10T10:00:00Z,10,90`;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jangbu-drop-'));
  await mkdir(join(folder, 'iot'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const dropOf = (at: World) => new DropFolder({ folder, database: at.database, imports: at.imports(), log });
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
