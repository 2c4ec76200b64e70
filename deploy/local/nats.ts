import { mkdir } from 'node:fs/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { requireProgram } from './foreignProgram.ts';
import type { Program } from './program.ts';

export interface NatsOptions {
  storeDir: string;
  port: number;
}

const natsServer = {
  name: 'nats-server',
  // Debian's, which a user's PATH may not hold.
  folders: () => ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin'],
  debianPackage: 'nats-server',
  advice:
    'install it (Debian: apt-get install nats-server; macOS: brew install nats-server; ' +
    'else https://github.com/nats-io/nats-server/releases) or set NATS_URL to use a server of your own',
};

/** A real `nats-server` with JetStream. */
export async function natsProgram({ storeDir, port }: NatsOptions): Promise<Program> {
  await mkdir(storeDir, { recursive: true });
  return {
    name: 'nats',
    file: requireProgram(natsServer),
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
