import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { requireProgram } from '../../deploy/local/foreignProgram.ts';
import { createDatabases, withDatabase } from '../../deploy/local/postgres.ts';
import { temporaryFolder } from '../harness/server.ts';
import type { Measured } from './balanceLoad.ts';

const debian = '/usr/lib/postgresql';
const pgbench = {
  name: 'pgbench',
  // Debian keeps it beside the server; the newest first.
  folders: () =>
    (existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, 'bin')) : []).reverse(),
  debianPackage: 'postgresql-contrib',
  advice: 'install it (Debian: apt-get install postgresql-contrib; macOS: brew install postgresql)',
};

const execute = promisify(execFile);

export interface Pgbench {
  program: string;
  url: string;
  folder: string;
}

/**
 * The least that a reserve and a commit could be: two transactions of two statements each on tables without anything that is not needed. No
 * keys for repeats, no double entry, no events, no check but the balance's own.
 */
const schema = `
  create table bare_accounts (id int primary key, balance bigint not null, reserved bigint not null,
    check (balance - reserved >= 0));
  create table bare_reservations (id bigint primary key, account_id int not null, amount bigint not null);
  create table bare_entries (id bigint generated always as identity primary key, account_id int not null, amount bigint not null,
    reservation_id bigint not null);`;

const script = `
\\set account random(1, :accounts)
\\set reservation random(1, 9000000000000000000)
begin;
update bare_accounts set reserved = reserved + 10 where id = :account;
insert into bare_reservations (id, account_id, amount) values (:reservation, :account, 10);
commit;
begin;
update bare_accounts set balance = balance - 10, reserved = reserved - 10 where id = :account;
insert into bare_entries (account_id, amount, reservation_id) values (:account, -10, :reservation);
commit;
`;

/** A database of its own on the server that is measured. */
export async function preparePgbench(server: string, accounts: number): Promise<Pgbench> {
  const program = requireProgram(pgbench);
  await createDatabases(server, ['jangbu_pgbench']);
  const url = withDatabase(server, 'jangbu_pgbench');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(schema);
  await client.query('insert into bare_accounts select id, 1000000000000, 0 from generate_series(1, $1) as id', [
    accounts,
  ]);
  await client.query('vacuum analyze bare_accounts');
  await client.end();
  const folder = await temporaryFolder('pgbench');
  await writeFile(join(folder, 'pair.sql'), script);
  return { program, url, folder };
}

/** Pairs a second; one run of the script is a pair. */
export async function runPgbench(
  { program, url, folder }: Pgbench,
  { clients, seconds, accounts }: { clients: number; seconds: number; accounts: number },
): Promise<Measured> {
  const { stdout } = await execute(program, [
    ...['--no-vacuum', '--protocol=prepared', '--file', join(folder, 'pair.sql'), '--define', `accounts=${accounts}`],
    ...['--client', String(clients), '--jobs', '2', '--time', String(seconds), url],
  ]);
  const pairs = Number(/^tps = ([0-9.]+)/m.exec(stdout)?.[1]);
  if (!(pairs > 0)) throw new Error(`pgbench says:\n${stdout}`);
  return { pairs };
}
