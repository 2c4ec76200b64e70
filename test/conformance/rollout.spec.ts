import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { AccountService } from '#proto/billing/v1/account_service';
import { testDatabaseUrl } from '#test/harness/database';
import { GrpcCaller, restOnce } from '#test/harness/rollout/callOnce';
import { Recorder } from '#test/harness/rollout/recorder';
import { startReplicatedMesh } from '#test/harness/rollout/replicatedMesh';

/** The order of things in a cluster, as fast as processes start: proxies have heard of the removal before SIGTERM comes. */
const termination = { endpointLagMs: 200, preStopMs: 400, graceMs: 15_000 };

interface Account {
  readonly id: string;
  readonly balance: { readonly amount: string };
}

test('MESH-6 two replicas of a service and of the gateway are replaced under load, and no call fails', async () => {
  await using mesh = await startReplicatedMesh({
    replicas: 2,
    services: ['billing'],
    providers: ['issuer'],
    databaseServer: testDatabaseUrl(),
    env: { all: { DRAIN_MS: '5000', LOG_LEVEL: 'warn' } },
  });
  const { gatewayUrl, addresses } = mesh.handle;
  const token = await mesh.handle.token('operator');
  const customerId = randomUUID();
  const account = await restOnce<Account>(gatewayUrl, token, 'POST', '/v1/accounts', {
    ...{ customerId, currency: 'KRW', kind: 'ACCOUNT_KIND_PREPAID' },
  });

  const recorder = new Recorder();
  const stop = new AbortController();
  using billing = new GrpcCaller(addresses.billing, token);
  const money = { currency: 'KRW', amount: '1' };
  const path = `/v1/accounts/${account.id}`;
  const callers = [
    () => recorder.time('topUp', () => restOnce(gatewayUrl, token, 'POST', `${path}:topUp`, { amount: money })),
    () =>
      recorder.time('topUp', () => billing.call(AccountService.method.topUp, { account: account.id, amount: money })),
    () => recorder.time('read', () => restOnce(gatewayUrl, token, 'GET', path)),
  ];
  const calling = callers.map(async (call) => {
    while (!stop.signal.aborted) await call();
  });
  const replicas = [...mesh.replicas.values()];
  await Promise.all(replicas.map((each) => each.roll(termination)));
  stop.abort();
  await Promise.all(calling);

  expect(recorder.failures).toEqual([]);
  const terminated = replicas.flatMap((each) => each.terminated);
  expect(terminated.filter(({ killed }) => !killed)).toHaveLength(4);
  // Commands without a key are never repeated on the way, so what was acknowledged is all that happened.
  const acknowledged = recorder.count('topUp');
  expect(acknowledged).toBeGreaterThan(20);
  const after = await restOnce<Account>(gatewayUrl, token, 'GET', path);
  expect(after.balance.amount).toBe(String(acknowledged));
});
