import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import { CustomerService } from '#proto/ordering/v1/customer_service';
import { testDatabaseUrl } from '#test/harness/database';
import { GrpcCaller, grpcWebTransport, restHeld, restOnce } from '#test/harness/rollout/callOnce';
import { Recorder } from '#test/harness/rollout/recorder';
import { startReplicatedMesh } from '#test/harness/rollout/replicatedMesh';
import { eventsOn } from '#test/journeys/events';

/** The order of things in a cluster, as fast as processes start: proxies have heard of the removal before SIGTERM comes. */
const termination = { endpointLagMs: 200, preStopMs: 700, graceMs: 15_000 };
/** Much longer than preStop: some of these calls are open whenever SIGTERM comes, and only a drain brings them to their end. */
const heldMs = 1_800;

interface Customer {
  readonly id: string;
}

test('MESH-6 a service and the gateway are replaced under load: no call fails, no event is lost', async () => {
  await using mesh = await startReplicatedMesh({
    // While one is replaced there are two; `npm run chaos -- rollout` has two of everything.
    replicas: 1,
    services: ['ordering'],
    providers: ['issuer'],
    databaseServer: testDatabaseUrl(),
    env: { all: { DRAIN_MS: '5000' } },
  });
  const { gatewayUrl, addresses, natsUrl } = mesh.handle;
  const token = await mesh.handle.token('operator');
  const recorder = new Recorder();
  const created: string[] = [];
  const stop = new AbortController();
  using ordering = new GrpcCaller(addresses.ordering, token);
  const browser = createClient(CustomerService, grpcWebTransport(gatewayUrl, token));
  const keep = (customer: Customer | undefined) => customer && created.push(customer.id);
  const rest = (kind: string, method: 'GET' | 'POST', path: string, body?: unknown) =>
    recorder.time(kind, () => restOnce<Customer>(gatewayUrl, token, method, path, body));
  // One begins after the other, so that at any moment one has just begun.
  const slowly = (call: () => Promise<unknown>) =>
    [0, 1, 2, 3].map((turn) => {
      let wait = (turn * heldMs) / 4;
      return async () => {
        await sleep(wait);
        wait = 0;
        await call();
      };
    });
  const callers = [
    async () => keep(await rest('REST create', 'POST', '/v1/customers', { displayName: 'REST' })),
    async () =>
      keep(
        await recorder.time('gRPC create', () =>
          ordering.call(CustomerService.method.createCustomer, { customer: { displayName: 'gRPC' } }),
        ),
      ),
    () => rest('REST read', 'GET', '/v1/customers?pageSize=1'),
    async () =>
      keep(
        await recorder.time('gRPC-Web create', async () => {
          const answer = await browser.createCustomer({ customer: { displayName: 'gRPC-Web' } });
          return { id: answer.id };
        }),
      ),
    ...slowly(async () => {
      const create = () => restHeld<Customer>(gatewayUrl, token, '/v1/customers', { displayName: 'slow REST' }, heldMs);
      keep(await recorder.time('slow REST create', create));
    }),
    ...slowly(async () => {
      const request = { customer: { displayName: 'slow gRPC' } };
      const create = () => ordering.call(CustomerService.method.createCustomer, request, heldMs);
      keep(await recorder.time('slow gRPC create', create));
    }),
  ];
  const forwarded = () => [...mesh.balancers.values(), mesh.ingress].map((each) => each.forwarded);
  for (const each of forwarded()) Object.assign(each, { unprocessed: 0, repeated: 0, failed: 0 });
  const calling = callers.map(async (call) => {
    // A call that fails at once gives way to what it waits for.
    for (; !stop.signal.aborted; await setImmediate()) await call();
  });
  const replicas = [...mesh.replicas.values()];
  try {
    await Promise.all(replicas.map((each) => each.roll(termination)));
  } finally {
    stop.abort();
    await Promise.all(calling);
  }

  expect(recorder.failures).toEqual([]);
  // Nor was anything mended on the way: whoever was asked has answered.
  for (const each of forwarded()) expect(each).toMatchObject({ unprocessed: 0, failed: 0 });
  const terminated = replicas.flatMap((each) => each.terminated);
  expect(terminated.filter(({ killed }) => !killed)).toHaveLength(2);
  // A process that ended at once had nothing to bring to its end, and has proved nothing.
  for (const { name, drainMs } of terminated) expect(drainMs, name).toBeGreaterThan(heldMs / 5);
  // Commands without a key are never repeated on the way, so what was acknowledged is all that happened.
  expect(created.length).toBeGreaterThan(20);
  const events = async () => (await eventsOn(natsUrl, 'ordering', 'jangbu.ordering.customer.>')).map(aggregate).sort();
  await expect.poll(events).toEqual([...created].sort());
});

/** Whom an event is about: the last word of its subject. */
function aggregate({ subject }: { subject: string }): string {
  return subject.split('.').at(-1) ?? '';
}
