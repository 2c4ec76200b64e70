import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '#test/harness/database';
import { Database } from '../database/database.ts';
import { migrate } from '../database/migrate.ts';
import { migrateBeforeRollout } from './migrateBeforeRollout.ts';

const migrations = fileURLToPath(new URL('./migrateService.ts', import.meta.url));
let folder: string;
let fresh: FreshDatabase;
let database: Database;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jangbu-migrations-'));
  fresh = await freshDatabase('migrations');
  database = new Database(fresh.url, { connections: 2 });
  await add('0001_books', 'create table books (id int primary key)');
});
afterEach(async () => {
  await database[Symbol.asyncDispose]();
  await fresh[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const add = (name: string, sql: string) => writeFile(join(folder, `${name}.sql`), sql);
const location = () => pathToFileURL(`${folder}/`);
const rollOut = () => migrateBeforeRollout(database, 'books', location(), { lockTimeoutMs: 200 });
const tables = async () => {
  const { rows } = await database.query("select tablename from pg_tables where schemaname = 'public'");
  return rows.map(({ tablename }) => tablename);
};

/** A connection as the running service has them. */
async function running(): Promise<Database> {
  const service = new Database(fresh.url, { connections: 1, name: 'jangbu-books' });
  await service.query('select 1');
  return service;
}

it('MESH-6 the version before goes on, and starts again, on what says that it can', async () => {
  const before = [{ name: 'books', folder: location() }];
  await rollOut();
  await using _service = await running();
  const old = await mkdtemp(join(tmpdir(), 'jangbu-old-'));
  await writeFile(join(old, '0001_books.sql'), '');
  await add('0002_title', '-- Compatible: the column may stay empty.\nalter table books add column title text');
  expect(await rollOut()).toEqual(['0002_title']);
  expect(await rollOut()).toEqual([]);
  // A process of the version before, which knows the first migration only.
  expect(await migrate(database, [{ name: 'books', folder: pathToFileURL(`${old}/`) }])).toEqual([]);
  await rm(old, { recursive: true });
  await migrate(database, before);
});

it('MESH-6 what the version before cannot live with is refused while it is connected, and nothing is applied', async () => {
  await rollOut();
  await add('0002_shelves', '-- Compatible: nobody knows the table yet.\ncreate table shelves (id int)');
  await add('0003_no_books', 'drop table books');
  const service = await running();
  await expect(rollOut()).rejects.toThrow(/books is running .*0003_no_books .*stop the service first/);
  expect(await tables()).not.toContain('shelves');
  await service[Symbol.asyncDispose]();
  // The server takes a moment to forget a connection that has ended.
  await expect.poll(rollOut).toEqual(['0002_shelves', '0003_no_books']);
  expect(await tables()).not.toContain('books');
});

it('MESH-6 a first rollout is no matter of the version before, also where this one is connected already', async () => {
  await using _service = await running();
  expect(await rollOut()).toContain('0001_books');
});

it('MESH-6 a table that is in use is asked for again and again, so that nobody queues behind the migration', async () => {
  await rollOut();
  await add('0002_title', '-- Compatible: the column may stay empty.\nalter table books add column title text');
  const holder = await database.connect();
  await holder.query('begin; lock table books in access share mode');
  const migrated = rollOut();
  await expect.poll(() => waiting()).toBe(true);
  await expect.poll(() => waiting()).toBe(false);
  await holder.query('commit');
  await holder.end();
  expect(await migrated).toEqual(['0002_title']);
});

it('MESH-6 the program waits for a database that is still being made, and says what it waits for', async () => {
  const late = new URL(fresh.url);
  late.pathname = `${late.pathname}_late`;
  const name = late.pathname.slice(1);
  const program = spawn(process.execPath, [migrations, 'notification'], {
    env: { PATH: process.env.PATH, DATABASE_URL: late.href },
  });
  const [first] = await once(program.stdout, 'data');
  expect(JSON.parse(String(first).split('\n')[0] ?? '')).toMatchObject({
    what: 'database',
    msg: expect.stringMatching(/^waiting/),
  });
  await database.query(`create database ${name}`);
  program.stdout.resume();
  expect(await once(program, 'exit')).toEqual([0, null]);
  await database.query(`drop database ${name}`);
});

async function waiting(): Promise<boolean> {
  const { rows } = await database.query(
    "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  );
  return rows.length > 0;
}

it('MESH-6 the program brings the database of a service up to date, and says what it was not told', () => {
  const run = (args: string[], env: NodeJS.ProcessEnv) =>
    spawnSync(process.execPath, [migrations, ...args], { encoding: 'utf8', env: { PATH: process.env.PATH, ...env } });
  const done = run(['notification'], { DATABASE_URL: fresh.url });
  expect([done.status, done.stderr]).toEqual([0, '']);
  expect(JSON.parse(done.stdout)).toMatchObject({
    msg: 'migrated',
    applied: expect.arrayContaining([expect.any(String)]),
  });
  expect(JSON.parse(run(['notification'], { DATABASE_URL: fresh.url }).stdout)).toMatchObject({ applied: [] });
  const refused = run(['nobody'], {});
  expect([refused.status, refused.stdout]).toEqual([78, expect.stringMatching(/nobody.*DATABASE_URL is missing/)]);
});
