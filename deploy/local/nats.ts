import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { Program } from './program.ts';

export interface NatsOptions {
  storeDir: string;
  port: number;
}

/** A real `nats-server` with JetStream. */
export async function natsProgram({ storeDir, port }: NatsOptions): Promise<Program> {
  await mkdir(storeDir, { recursive: true });
  return {
    name: 'nats',
    file: findNatsServer() ?? installNatsServer(),
    args: ['--addr', '127.0.0.1', '--port', String(port), '--jetstream', '--store_dir', storeDir],
    isReadyLine: (line) => line.includes('Server is ready'),
    readyLimitMs: 30_000,
    stopSignal: 'SIGTERM',
    stopLimitMs: 10_000,
    stage: 0,
  };
}

export function natsUrl(port: number): string {
  return `nats://127.0.0.1:${port}`;
}

/** A server that is there already must be one that can be used; otherwise every service would wait for it in vain. */
export async function requireJetStream(url: string): Promise<void> {
  try {
    const nats = await connect({ servers: url, timeout: 5_000, maxReconnectAttempts: 0 });
    await (await jetstreamManager(nats)).getAccountInfo().finally(() => nats.close());
  } catch (cause) {
    throw new Error(`no JetStream on NATS_URL: ${(cause as Error).message}`, { cause });
  }
}

/** Debian puts it into /usr/sbin, which a user's PATH may not hold. */
function findNatsServer(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/usr/local/bin'];
  return folders.map((folder) => join(folder, 'nats-server')).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function installNatsServer(): string {
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    try {
      execFileSync('apt-get', ['update', '-qq'], { stdio: 'ignore' });
      execFileSync('apt-get', ['install', '-y', '-qq', 'nats-server'], { stdio: 'ignore' });
    } catch {
      // The line below says what to do.
    }
  }
  const file = findNatsServer();
  if (file) return file;
  throw new Error(
    'nats-server is missing: install it (Debian: apt-get install nats-server; macOS: brew install nats-server; ' +
      'else https://github.com/nats-io/nats-server/releases) or set NATS_URL to use a server of your own',
  );
}
