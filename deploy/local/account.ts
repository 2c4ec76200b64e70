import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** An unprivileged account, for a program that refuses to run as root. */
export interface Account {
  uid: number;
  gid: number;
}

/** Who PostgreSQL runs as: the caller, or when that is root the system's user `postgres` (made if there is none). */
export function unprivilegedAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const known = lookUp('postgres');
  if (known) return known;
  run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres']);
  const made = lookUp('postgres') ?? lookUp('nobody');
  if (made) return made;
  throw new Error('PostgreSQL does not run as root, and no user "postgres" could be made; run as another user');
}

function lookUp(name: string): Account | undefined {
  const uid = Number(run('id', ['-u', name]));
  const gid = Number(run('id', ['-g', name]));
  return uid > 0 && gid > 0 ? { uid, gid } : undefined;
}

function run(file: string, args: string[]): string | undefined {
  try {
    return execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

/** Whether any account may enter the folder; a home such as root's lets nobody else in. */
export function isReachable(folder: string): boolean {
  for (let path = resolve(folder); ; path = dirname(path)) {
    if (((statSync(path, { throwIfNoEntry: false })?.mode ?? 0o1) & 0o1) === 0) return false;
    if (path === dirname(path)) return true;
  }
}
