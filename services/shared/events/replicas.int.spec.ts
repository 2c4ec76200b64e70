import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '#test/harness/server';
import { natsProgram } from '../../../deploy/local/nats.ts';
import { allotPorts } from '../../../deploy/local/ports.ts';
import { ensureStream, managerOf, serviceStream, wantReplicas } from './streams.ts';

// Started by hand and not by the supervisor: servers of a cluster are ready only when they know one another.
const servers: ChildProcess[] = [];
let url: string;

beforeAll(async () => {
  const names = ['a', 'b', 'c'];
  const ports = await allotPorts([...names, ...names.map((name) => `${name}-route`)]);
  const routes = names.map((name) => `nats://127.0.0.1:${ports[`${name}-route`]}`).join(',');
  for (const name of names) {
    const program = await natsProgram({
      storeDir: join(await temporaryFolder(`nats-${name}`), 'store'),
      port: Number(ports[name]),
    });
    const cluster = [
      '--name',
      name,
      '--cluster_name',
      'test',
      '--cluster',
      `nats://127.0.0.1:${ports[`${name}-route`]}`,
    ];
    servers.push(spawn(program.file, [...program.args, ...cluster, '--routes', routes], { stdio: 'ignore' }));
  }
  url = names.map((name) => `127.0.0.1:${ports[name]}`).join(',');
});
afterAll(async () => {
  for (const server of servers) {
    const ended = once(server, 'exit');
    if (server.kill('SIGKILL')) await ended;
  }
});

async function connected(replicas?: number): Promise<NatsConnection> {
  const nats = await connect({ servers: url.split(','), maxReconnectAttempts: -1, waitOnFirstConnect: true });
  if (replicas !== undefined) wantReplicas(nats, replicas);
  return nats;
}

const patiently = { timeout: 30_000, interval: 200 };

it('MESH-6 streams are kept by as many servers as wanted, and an older one is raised to that', async () => {
  const [one, three] = [await connected(), await connected(3)];
  try {
    const made = (nats: NatsConnection, name: string) => async () =>
      (await ensureStream(await managerOf(nats), serviceStream(name))).config.num_replicas;
    // The servers elect a leader first.
    await expect.poll(made(one, 'kept_by_one'), patiently).toBe(1);
    await expect.poll(made(three, 'kept_by_three'), patiently).toBe(3);
    await expect.poll(made(three, 'kept_by_one'), patiently).toBe(3);
    // A process that wants fewer takes nothing away.
    expect(await made(one, 'kept_by_one')()).toBe(3);
    await expect
      .poll(async () => {
        const manager = await managerOf(three);
        const { cluster } = await manager.streams.info('JANGBU_KEPT_BY_THREE');
        return cluster?.replicas?.filter(({ current }) => current).length;
      }, patiently)
      .toBe(2);
  } finally {
    await Promise.all([one.close(), three.close()]);
  }
});
