import { create, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ServiceName } from '#shared/config/service';
import { until } from '../../deploy/local/sample/until.ts';
import { newCustomer } from './business.ts';
import { HealthClient } from './health.ts';
import { ReflectionClient } from './reflection.ts';
import { SERVICES, theWorld, type World } from './world.ts';

let world: World;

beforeAll(() => {
  world = theWorld();
});

const OWN: Record<ServiceName, string[]> = {
  ordering: [
    'CatalogService',
    'CustomerService',
    'DriverService',
    'LineService',
    'OrderService',
    'PenaltyService',
    'PurchaseService',
    'RideService',
    'VisitService',
  ],
  rating: ['ChargingService', 'PeriodService', 'RatingAccountService', 'TariffService', 'UsageService'],
  billing: ['AccountService', 'BalanceService', 'ChargeService', 'InvoiceService', 'LedgerService', 'PaymentService'],
  settlement: ['SettlementService'],
  notification: ['MessageService'],
  mypage: ['MypageService'],
};

describe.each(SERVICES)('MESH-2 %s', (service) => {
  test.each(['v1', 'v1alpha'] as const)('MESH-2 reflection %s lists and describes its services', async (version) => {
    using client = new ReflectionClient(world.mesh.addresses[service], version);
    const names = await client.services();
    const expected = OWN[service].map((name) => `jangbu.${service}.v1.${name}`);
    expect(names).toEqual(
      expect.arrayContaining([...expected, 'jangbu.common.v1.DeadLetterService', 'grpc.health.v1.Health']),
    );
    for (const name of expected) {
      const described = await client.describe(name);
      expect(described.service.methods.length).toBeGreaterThan(0);
    }
  });

  test('MESH-2 health says SERVING, for the process and for each service, and NOT_FOUND for what is not there', async () => {
    using health = new HealthClient(world.mesh.addresses[service]);
    expect(await health.check('')).toBe('SERVING');
    for (const name of OWN[service]) expect(await health.check(`jangbu.${service}.v1.${name}`)).toBe('SERVING');
    await expect(health.check('jangbu.nothing.v1.Nothing')).rejects.toMatchObject({ code: 5 });
  });
});

test.each([
  ['nats', 'SERVING'],
  ['postgres', 'NOT_SERVING'],
])(
  'MESH-2 MESH-6 health says NOT_SERVING while %s is away, to who sends calls %s, and SERVING once it is back',
  async (server, ready) => {
    using health = new HealthClient(world.mesh.addresses.notification);
    const becomes = (status: string, name = '') =>
      until(`health to say ${status}`, 20_000, async () => ((await health.check(name)) === status ? true : undefined));
    await world.mesh.stopService(server);
    try {
      await becomes('NOT_SERVING');
      await becomes(ready, 'ready');
      // Its event waits in the outbox.
      if (ready === 'SERVING')
        expect(await newCustomer(world.operator, '김민준')).toMatchObject({ id: expect.any(String) });
    } finally {
      await world.mesh.startService(server);
    }
    await becomes('SERVING');
    await becomes('SERVING', 'ready');
  },
);

test('MESH-2 a method is called by nothing but what reflection says about it', async () => {
  const customer = await newCustomer(world.operator, '이영희');
  const address = world.mesh.addresses.ordering;
  using reflection = new ReflectionClient(address);
  const { service } = await reflection.describe('jangbu.ordering.v1.CustomerService');
  const method = service.methods.find(({ name }) => name === 'GetCustomer');
  if (method === undefined) throw new Error('GetCustomer is not described');
  const request = create(method.input);
  const field = method.input.fields.find(({ name }) => name === 'customer');
  if (field === undefined) throw new Error('the field customer is not described');
  reflect(method.input, request).set(field, customer.id);

  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${await world.token('operator')}`);
  const client = new Client(address, credentials.createInsecure());
  try {
    const answer = await new Promise<MessageShape<typeof method.output>>((resolve, reject) => {
      client.makeUnaryRequest(
        `/${service.typeName}/${method.name}`,
        (message: typeof request) => Buffer.from(toBinary(method.input, message)),
        (bytes) => fromBinary(method.output, bytes),
        request,
        metadata,
        (error, value) => (value === undefined ? reject(error ?? new Error('no answer')) : resolve(value)),
      );
    });
    const name = method.output.fields.find((each) => each.name === 'display_name');
    if (name === undefined) throw new Error('the field display_name is not described');
    expect(reflect(method.output, answer).get(name)).toBe('이영희');
  } finally {
    client.close();
  }
});

test('MESH-2 gRPC without a token, and a method that does not exist, are refused with the right status', async () => {
  const client = new Client(world.mesh.addresses.ordering, credentials.createInsecure());
  const call = (path: string, metadata: Metadata) =>
    new Promise<ServiceError | null>((resolve) => {
      client.makeUnaryRequest(
        path,
        (bytes: Buffer) => bytes,
        (bytes) => bytes,
        Buffer.alloc(0),
        metadata,
        (error) => resolve(error),
      );
    });
  try {
    expect(await call('/jangbu.ordering.v1.CustomerService/ListCustomers', new Metadata())).toMatchObject({ code: 16 });
    expect(await call('/jangbu.ordering.v1.CustomerService/Explode', new Metadata())).toMatchObject({ code: 12 });
  } finally {
    client.close();
  }
});
