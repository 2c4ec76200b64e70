import { setTimeout as sleep } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Database } from '#shared/database/database';
import { until } from '../../deploy/local/sample/until.ts';
import { Recorder } from '../harness/rollout/recorder.ts';
import type { Termination } from '../harness/rollout/replicas.ts';
import { type ReplicatedMesh, startReplicatedMesh } from '../harness/rollout/replicatedMesh.ts';
import { ended, MONTH } from '../journeys/business.ts';
import { total } from '../journeys/deviceFleet.ts';
import { World } from '../journeys/world.ts';
import { audit } from './audit.ts';
import { auditEvents } from './rollout/eventAudit.ts';
import { Load } from './rollout/load.ts';
import { openMarket } from './rollout/market.ts';
import { PageWatcher } from './rollout/pageWatcher.ts';
import { report } from './rollout/report.ts';

/**
 * Shorter than in a cluster and in the same order: proxies have heard of the removal before the process hears SIGTERM. Uploads of
 * this load take three seconds, which DRAIN_MS leaves room for.
 */
const termination: Termination = { endpointLagMs: 700, preStopMs: 1_500, graceMs: 30_000 };
const drainMs = 15_000;
/** Until processes that have just started are as fast as they will be. */
const warmMs = 10_000;
const calmMs = 10_000;

const noneForwarded = { requests: 0, unprocessed: 0, repeated: 0, failed: 0 };

let mesh: ReplicatedMesh;
let world: World;

beforeAll(async () => {
  const env = {
    all: { DRAIN_MS: String(drainMs), LOG_LEVEL: 'info' },
    settlement: { JOURNAL_LAG_MS: '5000', JOURNAL_COMPARE_EVERY_MS: '500' },
  };
  mesh = await startReplicatedMesh({ replicas: 2, env });
  world = new World(mesh.handle, '');
}, 180_000);
afterAll(() => mesh?.[Symbol.asyncDispose]());

test('MESH-6 every process is replaced under load: no call fails, no event is lost or doubled, the books agree', async () => {
  const market = await openMarket(world.operator, 3);
  const recorder = new Recorder();
  const first = [...mesh.replicas.values()].flatMap(({ pids }) => pids);
  const token = await world.token('operator');
  const watchers = market.customers.flatMap((customer) =>
    ['application/x-ndjson', 'text/event-stream'].map(
      (accept) => new PageWatcher(`${world.gatewayUrl}/v1/mypages/${customer}:watch`, token, accept, recorder),
    ),
  );
  // What was asked while the mesh came up is not counted.
  for (const { forwarded } of mesh.balancers.values()) Object.assign(forwarded, noneForwarded);
  const load = new Load(world, market, recorder);

  await sleep(warmMs);
  const before = [performance.now(), 0] as [number, number];
  await sleep(calmMs);
  before[1] = performance.now();
  for (const replicas of mesh.replicas.values()) await replicas.roll(termination);
  const during = [before[1], performance.now()] as const;
  await load.end();

  const lines = report({ recorder, before, during });
  const terminated = [...mesh.replicas.values()].flatMap((each) => each.terminated);
  const slowest = terminated.reduce((most, each) => (each.drainMs > most.drainMs ? each : most));
  lines.push(`processes replaced: ${terminated.length}; longest drain ${slowest.drainMs} ms (${slowest.name})`);
  lines.push(`drains, ms: ${terminated.map(({ drainMs: took }) => took).join(' ')}`);
  for (const [name, { forwarded }] of [...mesh.balancers, ['gateways', mesh.ingress] as const]) {
    lines.push(`balancer of ${name}: ${JSON.stringify(forwarded)}`);
  }
  const endings = (['in order', 'SHUTTING_DOWN'] as const).map((how) => {
    const count = watchers.reduce((sum, each) => sum + (each.endings.get(how) ?? 0), 0);
    return `${count} ${how}`;
  });
  lines.push(`page streams ended and went on: ${endings.join(', ')}`);
  process.stdout.write(`${lines.join('\n')}\n`);

  expect(recorder.failures).toEqual([]);
  // Nor was anything mended on the way: whoever was asked has answered.
  for (const [name, { forwarded }] of mesh.balancers) {
    expect(forwarded, name).toMatchObject({ unprocessed: 0, repeated: 0, failed: 0 });
  }
  expect(mesh.ingress.forwarded).toMatchObject({ unprocessed: 0, failed: 0 });
  expect(terminated.filter(({ killed }) => killed)).toEqual([]);
  // A process that ended at once had nothing to bring to its end; those prove nothing, and must be few.
  expect(terminated.filter(({ drainMs: took }) => took > 300).length).toBeGreaterThan(terminated.length / 2);
  const now = [...mesh.replicas.values()].flatMap(({ pids }) => pids);
  expect(now.filter((pid) => first.includes(pid))).toEqual([]);
  expect(now).toHaveLength(14);

  const { acknowledged } = load;
  for (const { orderId } of acknowledged.lines) {
    expect(await ended(world.operator, orderId)).toMatchObject({ state: 'ORDER_STATE_COMPLETED' });
  }
  const orders = await world.operator.list<{ id: string; state: string }>(
    `/v1/orders?business=${market.business}`,
    'orders',
  );
  expect(orders.map(({ id }) => id).sort()).toEqual(acknowledged.purchases.map(({ id }) => id).sort());
  await audit(world, market);
  expect(await total(world, market.line)).toEqual({
    bytes: acknowledged.usageBytes,
    records: Number(acknowledged.usageRecords),
  });
  const conservation = `/v1/conservation?business=${market.iot.name}&period=${MONTH}`;
  expect(await world.operator.get(conservation)).toMatchObject({ conserved: true });
  await watchersAgree(watchers, market.accounts);
  await Promise.all(watchers.map((each) => each.stop()));
  expect(recorder.failures).toEqual([]);

  const events = await auditEvents(world);
  process.stdout.write(`events: ${events.emitted} emitted, ${events.handled} times handled, none lost or doubled\n`);
  expect(await deadLetters(world.natsUrl)).toBe(0);
  await forgetOneEvent(world);
  await expect(auditEvents(world, 0)).rejects.toThrow('has not handled');
}, 600_000);

/** So that it is known that the audit would notice. */
async function forgetOneEvent({ mesh }: World): Promise<void> {
  await using database = new Database(mesh.databaseUrl('mypage'));
  await database.query('delete from inbox where event_id = (select event_id from inbox order by handled_at limit 1)');
}

/** Streams that were ended and opened again show in the end what is true. */
async function watchersAgree(watchers: readonly PageWatcher[], accounts: readonly { id: string }[]): Promise<void> {
  for (const { id } of accounts) {
    const { balance } = await world.operator.get<{ balance: { amount: string } }>(`/v1/accounts/${id}`);
    const watching = watchers.filter(({ balances }) => balances.has(id));
    expect(watching).toHaveLength(2);
    await until(`two page streams to show ${balance.amount} on ${id}`, 10_000, async () =>
      watching.every(({ balances }) => balances.get(id) === balance.amount) ? true : undefined,
    );
  }
}

async function deadLetters(natsUrl: string): Promise<number> {
  const nats = await connect({ servers: natsUrl });
  try {
    const manager = await jetstreamManager(nats);
    const info = await manager.streams.info('JANGBU_DEAD_LETTERS').catch(() => undefined);
    return info?.state.messages ?? 0;
  } finally {
    await nats.close();
  }
}
