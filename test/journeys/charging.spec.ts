import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ChargingService } from '#proto/rating/v1/charging_service';
import { ChargingSessionState } from '#proto/rating/v1/charging_session';
import { Clients } from '#shared/rpc/call';
import type { Client } from '#shared/rpc/client';
import { until } from '../../deploy/local/sample/until.ts';
import { signer } from './access/callers.ts';
import { newCustomer } from './business.ts';
import { theWorld, type World } from './world.ts';

let world: World;
let clients: Clients;
let charging: Client<typeof ChargingService>;
let tariffId: string;
let customerId: string;
let accountId: string;
const session = randomUUID();

beforeAll(async () => {
  world = theWorld();
  const sign = await signer(world.mesh);
  clients = new Clients(world.mesh.addresses, () => sign({ sub: 'service:access-network', roles: ['service'] }));
  charging = clients.get(ChargingService);
  tariffId = `prepaid-${randomUUID().slice(0, 8)}`;
  const data = { name: 'data', metric: 'bytes', allowance: '1000', increment: '100', perUnit: { unitPrice: '0.5' } };
  const tariff = {
    id: tariffId,
    displayName: tariffId,
    currency: 'KRW',
    taxRate: '0.1',
    versions: [{ components: [data] }],
  };
  await world.operator.post('/v1/tariffs', tariff, randomUUID());
  customerId = (await newCustomer(world.operator)).id;
  const account = { customerId, currency: 'KRW', kind: 'ACCOUNT_KIND_PREPAID' };
  accountId = (await world.operator.post<{ id: string }>('/v1/accounts', account, randomUUID())).id;
  const amount = { currency: 'KRW', amount: '1100' };
  await world.operator.post(`/v1/accounts/${accountId}:topUp`, { amount }, randomUUID());
});
afterAll(() => clients[Symbol.dispose]());

interface Account {
  balance: { amount: string };
  reserved: { amount: string };
}

async function standing(): Promise<{ balance: number; reserved: number }> {
  const account = await world.operator.get<Account>(`/v1/accounts/${accountId}`);
  return { balance: Number(account.balance.amount), reserved: Number(account.reserved.amount) };
}

test('a session is granted units, pays what it uses, and never takes the balance below zero', async () => {
  const start = { session, customerId, tariffId, metric: 'bytes', requested: '2000' };
  const opened = await charging.startSession(start);
  expect(opened).toMatchObject({ state: ChargingSessionState.OPEN, granted: '2000', reserved: { amount: '550' } });
  expect(await standing()).toEqual({ balance: 1_100, reserved: 550 });
  expect(await charging.startSession(start)).toEqual(opened);

  // 550 for the first thousand beyond the allowance; another thousand is all that the rest pays for.
  const update = { session, sequence: 1n, used: '2000', requested: '5000' };
  const updated = await charging.updateSession(update);
  expect(updated).toMatchObject({
    granted: '3000',
    charged: { amount: '550' },
    tax: { amount: '50' },
    finalGrant: true,
  });
  expect(await charging.updateSession(update)).toEqual(updated);

  await expect(charging.stopSession({ session, sequence: 2n, used: '1050' })).rejects.toMatchObject({
    reason: 'SESSION_GRANT_EXCEEDED',
    metadata: { unpaid: '50' },
  });
  expect(await standing()).toEqual({ balance: 0, reserved: 0 });
  await expect(charging.updateSession({ session, sequence: 3n, used: '1' })).rejects.toMatchObject({
    reason: 'SESSION_ENDED',
    metadata: { state: 'STOPPED' },
  });
});

test('a session that nobody reports of expires, and gives back what was reserved for it', async () => {
  const amount = { currency: 'KRW', amount: '500' };
  await world.operator.post(`/v1/accounts/${accountId}:topUp`, { amount }, randomUUID());
  const lost = randomUUID();
  const holdFor = { seconds: 1n, nanos: 0 };
  await charging.startSession({
    session: lost,
    customerId,
    accountId,
    tariffId,
    metric: 'bytes',
    requested: '1200',
    holdFor,
  });
  expect(await standing()).toEqual({ balance: 500, reserved: 110 });
  await until('the session to expire', 20_000, async () =>
    (await charging.getSession({ session: lost })).state === ChargingSessionState.EXPIRED ? true : undefined,
  );
  expect(await standing()).toEqual({ balance: 500, reserved: 0 });
});
