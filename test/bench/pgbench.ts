import { execFile, execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { createDatabases, withDatabase } from '../../deploy/local/postgres.ts';
import { temporaryFolder } from '../harness/server.ts';
import type { Measured } from './balanceLoad.ts';

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
  const program = findPgbench() ?? installPgbench();
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

/** Debian keeps it beside the server, outside of PATH. */
function findPgbench(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, 'bin')) : [];
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...versions.reverse()];
  return folders.map((folder) => join(folder, 'pgbench')).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function installPgbench(): string {
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    try {
      execFileSync('apt-get', ['update', '-qq'], { stdio: 'ignore' });
      execFileSync('apt-get', ['install', '-y', '-qq', 'postgresql-contrib'], { stdio: 'ignore' });
    } catch {
      // The line below says what to do.
    }
  }
  const program = findPgbench();
  if (program) return program;
  throw new Error(
    'pgbench is missing: install it (Debian: apt-get install postgresql-contrib; macOS: brew install postgresql)',
  );
}
