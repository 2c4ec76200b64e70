import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Line } from '../../deploy/local/sample/resources.ts';
import { inParallel } from '../../deploy/local/sample/until.ts';
import { type Caller, everybody, type Sign, signer } from './access/callers.ts';
import { isReading, type Method, methods, textFields } from './access/contract.ts';
import { type Belongings, type Estate, newEstate } from './access/estate.ts';
import { foreignIdFaults } from './access/foreignIds.ts';
import { keyFaults } from './access/keys.ts';
import { maskFaults } from './access/masks.ts';
import { foreignPageFaults, foreignTokens } from './access/pageTokens.ts';
import { httpRequest } from './access/rest.ts';
import { isOwned, type OwnedRow } from './access/row.ts';
import { gaps, isForCustomersOrDrivers, rowsOf } from './access/table.ts';
import { everythingOf } from './access/unchanged.ts';
import { faultsOf } from './access/walk.ts';
import { bearer, type Way, Ways } from './access/ways.ts';
import { ended, newServiceNumber } from './business.ts';
import { request } from './http.ts';
import { ReflectionClient } from './reflection.ts';
import { newDriver, newRider, newTown, requestRide, untilRide } from './rides.ts';
import { SERVICES, theWorld, type World } from './world.ts';

let world: World;
let estate: Estate;
let sign: Sign;
let callers: readonly Caller[];
let ways: Ways;
let handedOn: Readonly<Record<string, string>>;
let before: Readonly<Record<string, unknown>>;

beforeAll(async () => {
  world = theWorld();
  estate = await newEstate(world.operator);
  sign = await signer(world.mesh);
  callers = await everybody(sign, estate.of.ours, estate.of.theirs);
  ways = new Ways(world.mesh);
  const better = `Bearer ${await world.token('operator')}`;
  handedOn = {
    'x-caller-authorization': better,
    'grpc-metadata-x-caller-authorization': better,
    'grpc-metadata-authorization': better,
  };
  before = await everythingOf(world.operator, estate.of.theirs);
});

afterAll(() => ways?.[Symbol.dispose]());

const byName = (which: readonly Method[]) => which.map((method) => [method.name, method] as const);
const owned = (method: Method): OwnedRow[] => rowsOf(method).filter(isOwned);
const callerOf = (name: string): Caller => {
  const found = callers.find((caller) => caller.name === name);
  if (found === undefined) throw new Error(`nobody is called ${name}`);
  return found;
};
/** Past the gateway, which has nothing of its own to say about who is who. */
const direct = (method: Method): Way => {
  const way = ways.to(method).at(-1);
  if (way === undefined) throw new Error(`there is no way to ${method.name}`);
  return way;
};
const methodOf = (name: string): Method => {
  const found = methods.find((method) => method.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
};

describe('MESH-8 the table', () => {
  test('MESH-8 every method of the contract has a row, and every row a method', () => {
    expect(gaps().join('\n')).toBe('');
    // What looks for gaps sees fields of fields, too.
    expect(textFields(methodOf('LineService/CreateLine').desc.input)).toContain('line.accountId');
  });

  test('MESH-8 every service serves what the contract says, and nothing else of ours', async () => {
    for (const name of SERVICES) {
      using reflection = new ReflectionClient(world.mesh.addresses[name]);
      const served = (await reflection.services()).filter((service) => service.startsWith('jangbu.'));
      const walked = methods.filter(({ servedBy }) => servedBy.includes(name)).map(({ desc }) => desc.parent.typeName);
      expect({ name, served: served.sort() }).toEqual({ name, served: [...new Set(walked)].sort() });
    }
  });

  test.each(byName(methods))('MESH-8 %s: every role, own and other’s', async (_, method) => {
    const walks = rowsOf(method).flatMap((row) =>
      ways.to(method).flatMap((way) => callers.map((caller) => ({ method, row, way, caller, estate, handedOn }))),
    );
    const faults = await inParallel(walks, 16, faultsOf);
    expect(some(faults.flat())).toBe('');
  });

  test('MESH-8 what services say to one another cannot be said through the gateway', async () => {
    const token = callerOf('service').token ?? '';
    for (const { desc } of methods.filter(({ http }) => http === undefined)) {
      const url = `${world.gatewayUrl}/${desc.parent.typeName}/${desc.name}`;
      const headers = { 'content-type': 'application/grpc-web+proto', 'x-grpc-web': '1' };
      const answer = await request(url, { method: 'POST', token, headers, body: Buffer.alloc(5) });
      const seen = `${answer.status} ${answer.headers.get('grpc-status')} ${answer.text}`;
      expect({ method: desc.name, seen }).toEqual({
        method: desc.name,
        seen: expect.stringMatching(/^404 |^\d+ 12 |grpc-status: ?12/),
      });
    }
  });
});

describe('MESH-8 nothing else lets anybody through', () => {
  test('MESH-8 a token for whom a service calls is nothing from anybody else, also in calls made for them', async () => {
    const method = methodOf('PurchaseService/CreatePurchase');
    const ours = { customerId: estate.of.ours.customerId, offeringId: estate.shared.goodsId };
    for (const handed of ['Bearer nonsense', 'nonsense', bearer(callerOf('their customer')).authorization ?? '']) {
      const headers = { 'x-caller-authorization': handed, 'grpc-metadata-x-caller-authorization': handed };
      for (const way of ways.to(method)) {
        const answer = await way.ask({ caller: callerOf('our customer'), request: ours, headers });
        expect({ way: way.name, handed, outcome: answer.outcome }).toMatchObject({ outcome: 'OK' });
        const foreign = { ...ours, customerId: estate.of.theirs.customerId };
        const refused = await way.ask({ caller: callerOf('our customer'), request: foreign, headers });
        expect({ way: way.name, handed, outcome: refused.outcome }).toMatchObject({ outcome: 'CUSTOMER_NOT_FOUND' });
      }
    }
  });

  test('MESH-8 MESH-1 who knows the version of another’s thing is not told that it has not changed', async () => {
    const { of, shared } = estate;
    for (const method of methods.filter(({ http, desc }) => http?.verb === 'GET' && desc.methodKind === 'unary')) {
      for (const row of owned(method)) {
        const ask = ({ token }: Caller, whose: Belongings, headers: Record<string, string> = {}) => {
          const { path } = httpRequest(method, row.of(whose, shared));
          return request(world.gatewayUrl + path, { ...(token && { token }), headers });
        };
        const own = await ask(callerOf(mayOwn(row, 'customer') ? 'our customer' : 'our driver'), of.ours);
        for (const tag of ['*', own.headers.get('etag') ?? '"1"']) {
          const headers = { 'if-none-match': tag };
          const told = [of.ours, of.nobodys].map((whose) => ask(callerOf('their customer'), whose, headers));
          const [another, nothing] = await Promise.all(told);
          const statuses = [another?.status, another?.reason, nothing?.status, nothing?.reason];
          expect({ method: method.name, tag, same: statuses.slice(0, 2) }).toEqual({
            method: method.name,
            tag,
            same: statuses.slice(2),
          });
        }
      }
    }
  });

  test('MESH-8 TAXI-2 a ride that is offered to another driver is not there', async () => {
    const { operator } = world;
    const town = newTown();
    const driver = await newDriver(operator, town(100));
    const rider = await newRider(operator);
    const ride = await requestRide(operator, rider.id, estate.shared.ridesId, town());
    await untilRide(operator, ride.id, { state: 'RIDE_STATE_OFFERED', driverId: driver.id });
    const ours = { ...estate.of.ours, customerId: rider.id, driverId: driver.id, rideId: ride.id };
    const offered: Estate = { ...estate, of: { ...estate.of, ours } };
    const rides = methods.filter(({ name, roles }) => name.startsWith('RideService/') && roles.has('driver'));
    const walks = rides.flatMap((method) =>
      owned(method).flatMap((row) =>
        ways
          .to(method)
          .map((way) => ({ method, row, way, caller: callerOf('their driver'), estate: offered, handedOn })),
      ),
    );
    expect(some((await inParallel(walks, 8, faultsOf)).flat())).toBe('');
    expect(await operator.get(`/v1/rides/${ride.id}`)).toMatchObject({ state: 'RIDE_STATE_OFFERED' });
    await operator.post(`/v1/rides/${ride.id}:cancel`, {}, randomUUID());
  });

  const lists = methods.filter(({ desc }) => desc.input.fields.some(({ name }) => name === 'page_token'));
  const ownLists = lists.filter((method) => isForCustomersOrDrivers(method) && owned(method).length > 0);
  test.each(byName(ownLists))('MESH-8 %s: a page that another has turned to', async (_, method) => {
    const turners = ['operator', 'their customer', 'their driver'].map(callerOf);
    const readers = ['our customer', 'our driver'].map(callerOf);
    let turned = 0;
    for (const row of owned(method)) {
      const list = { method, row, way: direct(method) };
      const tokens = await foreignTokens(list, turners, estate);
      turned += tokens.length;
      const own = readers.filter(({ roles }) => roles.some((role) => method.roles.has(role) && mayOwn(row, role)));
      const questions = tokens.flatMap((pageToken) => own.map((caller) => ({ caller, pageToken, estate })));
      const faults = await inParallel(questions, 8, (question) => foreignPageFaults(list, question));
      expect(some(faults.flat())).toBe('');
    }
    expect(turned).toBeGreaterThan(0);
  });

  // Those that write come last: what they have written down would be found in what the others read.
  const forCustomers = methods.filter(isForCustomersOrDrivers);
  const readingFirst = [...forCustomers.filter(isReading), ...forCustomers.filter((method) => !isReading(method))];
  test.each(byName(readingFirst))('MESH-8 %s: another’s id in any field', async (_, method) => {
    for (const row of rowsOf(method)) {
      for (const caller of ['our customer', 'our driver'].map(callerOf)) {
        if (!caller.roles.some((role) => method.roles.has(role))) continue;
        const faults = await foreignIdFaults({ method, row, way: direct(method), caller }, estate);
        expect(some(faults)).toBe('');
      }
    }
  });

  const masked = forCustomers.filter(({ desc }) => desc.input.fields.some(({ name }) => name === 'update_mask'));
  test.each(byName(masked))('MESH-8 %s: another’s id by any update mask', async (_, method) => {
    const { customerId, lineId } = estate.of.ours;
    const identity = async () => {
      const line = await world.operator.get<Line & { offeringId: string }>(`/v1/lines/${lineId}`);
      const { id, customerId: owner, accountId, offeringId, serviceNumber, pendingOrderId } = line;
      return { id, owner, accountId, offeringId, serviceNumber, pendingOrderId };
    };
    const unchanged = await identity();
    for (const row of owned(method)) {
      const faults = await maskFaults({ method, row, way: direct(method), caller: callerOf('our customer') }, estate);
      expect(some(faults)).toBe('');
    }
    expect(await identity()).toEqual(unchanged);
    expect(await world.operator.get(`/v1/customers/${customerId}`)).toMatchObject({ id: customerId });
  });

  test('MESH-8 IOT-1 a line that is to be charged to another’s account fails like one without an account', async () => {
    const { ours, theirs, nobodys } = estate.of;
    const own = await world.customer(ours.customerId);
    const kinds = ['chargeAccountId', 'accountId', 'pointsAccountId', 'customerId'] as const;
    const orders = await inParallel(
      kinds.flatMap((kind) => [theirs, nobodys].map((whose) => whose[kind])),
      8,
      async (accountId) => {
        const { offeringId } = estate.shared.business;
        const line = { offeringId, serviceNumber: newServiceNumber(), apn: 'test.iot.kr', accountId };
        const { pendingOrderId } = await own.post<Line>('/v1/lines', line, randomUUID());
        const { state, stateReason } = await ended(own, pendingOrderId);
        return { state, stateReason };
      },
    );
    const failed = { state: 'ORDER_STATE_FAILED', stateReason: 'ACCOUNT_NOT_FOUND' };
    expect(orders).toEqual(orders.map(() => failed));
  });

  test('MESH-8 after all of that, what is theirs is as it was', async () => {
    expect(await everythingOf(world.operator, estate.of.theirs)).toEqual(before);
  });

  const making = forCustomers.filter((method) => !isReading(method) && owned(method).some(({ own }) => own === 'OK'));
  test.each(byName(making))('MESH-8 %s: the key of one is no key of another', async (_, method) => {
    for (const { of } of owned(method))
      expect(await keyFaults({ of, way: direct(method), stranger: callerOf('their customer') }, estate, sign)).toEqual(
        [],
      );
  });

  test('MESH-8 AccountService/TopUp: the key of one is no key of another', async () => {
    const amount = { currency: 'KRW', amount: '7' };
    const of = ({ accountId }: Belongings) => ({ account: accountId, amount });
    const way = direct(methodOf('AccountService/TopUp'));
    expect(await keyFaults({ of, way, stranger: callerOf('their customer') }, estate, sign)).toEqual([]);
  });
});

/** As many faults as one reads; the rest is like them. */
function some(faults: readonly string[]): string {
  return faults.slice(0, 10).join('\n');
}

function mayOwn({ owners }: OwnedRow, role: string): boolean {
  return owners.some((owner) => owner === role);
}
