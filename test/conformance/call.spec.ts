import { create, createFileRegistry, type DescService } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import grpc from '@grpc/grpc-js';
import { trace } from '@opentelemetry/api';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CustomerSchema } from '#proto/ordering/v1/customer';
import { type CreateCustomerRequestSchema, CustomerService } from '#proto/ordering/v1/customer_service';
import { RatingAccountService } from '#proto/rating/v1/rating_account_service';
import { UsageService } from '#proto/rating/v1/usage_service';
import type { Database } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { Clients } from '#shared/rpc/call';
import { type CallContext, command } from '#shared/rpc/context';
import { tokenVerifier } from '#shared/rpc/identity';
import { startTracing, tracer } from '#shared/telemetry/tracing';
import { testNatsUrl } from '#test/harness/database';
import { freePort } from '../../deploy/local/ports.ts';
import { Child, until } from './child.ts';
import { type Issuer, startIssuer } from './issuer.ts';
import { part, type Serving, serveOn } from './serving.ts';
import { Stage } from './stage.ts';

let stage: Stage;
let database: Database;
let issuer: Issuer;

beforeAll(async () => {
  await startTracing('conformance', undefined);
  stage = await Stage.open('call', testNatsUrl());
  database = stage.database;
  issuer = await startIssuer();
});
beforeEach(() => database.query('truncate applied'));
afterAll(async () => {
  await issuer[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
});

const operator = { sub: 'op', roles: ['operator'] };
const service = { sub: 'service:ordering', roles: ['service'] };
const alice = { sub: 'alice', roles: ['customer'], customer_id: 'alice' };
const question = { lineId: 'line', orderId: 'order' };

/** Serves methods of rating, and of ordering, under real tokens. */
const serve = (handlers: { service: DescService; methods: Record<string, unknown> }[]): Promise<Serving> =>
  serveOn(
    handlers.map(({ service, methods }) => part(service, database, methods)),
    tokenVerifier(issuer.oidc),
  );
const rating = (methods: Record<string, unknown>) => serve([{ service: RatingAccountService, methods }]);
const ordering = (methods: Record<string, unknown>) => serve([{ service: CustomerService, methods }]);

/** Clients that call as somebody. */
function clients(addresses: { rating?: Serving; ordering?: Serving }, token: Promise<string | undefined>): Clients {
  return new Clients({ rating: addresses.rating?.address, ordering: addresses.ordering?.address }, () => token);
}

const none = Promise.resolve(undefined);

describe('call: what is handed down', () => {
  /** Ordering, asked for a customer, asks rating; `inRating` sees the second call. */
  async function chain(inRating: (context: CallContext) => Promise<void>) {
    const stack = new AsyncDisposableStack();
    const upstream = stack.use(
      await rating({
        checkAccountUse: async (_request: unknown, context: CallContext) => {
          await inRating(context);
          return { inUse: true };
        },
      }),
    );
    const own = stack.use(clients({ rating: upstream }, issuer.token(service)));
    const middle = stack.use(
      await ordering({
        getCustomer: async (_request: unknown, context: CallContext) => {
          await own.get(RatingAccountService).checkAccountUse(question, { context });
          return { id: 'asked' };
        },
      }),
    );
    const caller = stack.use(clients({ ordering: middle }, issuer.token(operator)));
    return { customers: caller.get(CustomerService), [Symbol.asyncDispose]: () => stack.disposeAsync() };
  }

  test('the deadline of the first caller bounds the last call', async () => {
    const deadlines: (Date | undefined)[] = [];
    await using mesh = await chain(async ({ deadline }) => {
      deadlines.push(deadline);
    });
    const before = Date.now();
    await mesh.customers.getCustomer({ customer: 'x' }, { deadlineMs: 3_000 });
    const left = (deadlines[0]?.getTime() ?? 0) - before;
    expect(left).toBeGreaterThan(2_500);
    expect(left).toBeLessThan(3_200);
  });

  test('when it passes, every call on the way ends', async () => {
    let ended = 0;
    await using mesh = await chain(async ({ signal }) => {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      ended = Date.now();
    });
    const before = Date.now();
    await expect(mesh.customers.getCustomer({ customer: 'x' }, { deadlineMs: 300 })).rejects.toMatchObject({
      reason: 'DEADLINE_EXCEEDED',
    });
    await until(() => ended > 0, 'the last call ends');
    expect(ended - before).toBeLessThan(1_500);
  });

  test('when the caller goes away, the last call is cancelled', async () => {
    let reached = false;
    let cancelled = false;
    await using mesh = await chain(async ({ signal }) => {
      reached = true;
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      cancelled = true;
    });
    const away = new AbortController();
    const call = mesh.customers.getCustomer({ customer: 'x' }, { signal: away.signal });
    const refused = expect(call).rejects.toMatchObject({ reason: 'CANCELLED' });
    await until(() => reached, 'the last call begins');
    away.abort();
    await refused;
    await until(() => cancelled, 'the last call is cancelled', 2_000);
  });

  test('the service calls as itself and says for whom', async () => {
    const seen: CallContext[] = [];
    await using mesh = await chain(async (context) => {
      seen.push(context);
    });
    await mesh.customers.getCustomer({ customer: 'x' });
    expect(seen[0]?.caller).toMatchObject({ subject: 'service:ordering', service: 'ordering' });
    expect(seen[0]?.onBehalfOf).toMatchObject({ subject: 'op' });
  });

  test('one trace goes through all calls', async () => {
    const traces: (string | undefined)[] = [];
    await using mesh = await chain(async () => {
      traces.push(trace.getActiveSpan()?.spanContext().traceId);
    });
    const traceId = await tracer().startActiveSpan('test', async (span) => {
      await mesh.customers.getCustomer({ customer: 'x' });
      span.end();
      return span.spanContext().traceId;
    });
    expect(traces).toEqual([traceId]);
  });
});

describe('call: repeating and breaking', () => {
  /** Ordering that does not answer the first calls. */
  async function flaky(failures: number) {
    const stack = new AsyncDisposableStack();
    const counted = { attempts: 0, failures };
    const attempt = async () => {
      counted.attempts += 1;
      if (counted.attempts <= counted.failures) throw new Fault('DEPENDENCY_UNAVAILABLE');
      return { id: 'x' };
    };
    const server = stack.use(await ordering({ getCustomer: attempt, createCustomer: attempt }));
    const caller = stack.use(clients({ ordering: server }, issuer.token(operator)));
    const customers = caller.get(CustomerService);
    return { customers, counted, [Symbol.asyncDispose]: () => stack.disposeAsync() };
  }
  const newcomer = { customer: { displayName: 'A' } };
  const unavailable = { reason: 'DEPENDENCY_UNAVAILABLE' };

  test('a method without side effects is repeated', async () => {
    await using mesh = await flaky(2);
    expect(await mesh.customers.getCustomer({ customer: 'x' })).toMatchObject({ id: 'x' });
    expect(mesh.counted.attempts).toBe(3);
  });

  test('a method that is not idempotent is not', async () => {
    await using mesh = await flaky(1);
    await expect(mesh.customers.createCustomer(newcomer)).rejects.toMatchObject(unavailable);
    expect(mesh.counted.attempts).toBe(1);
  });

  test('unless an Idempotency-Key makes it so', async () => {
    await using mesh = await flaky(1);
    await mesh.customers.createCustomer(newcomer, { idempotencyKey: 'once' });
    expect(mesh.counted.attempts).toBe(2);
  });

  test('repeating ends with the deadline', async () => {
    await using mesh = await flaky(100);
    const before = Date.now();
    await expect(mesh.customers.getCustomer({ customer: 'x' }, { deadlineMs: 30 })).rejects.toBeInstanceOf(Fault);
    expect(Date.now() - before).toBeLessThan(1_000);
  });

  test('the breaker opens, refuses at once, and closes by itself', async () => {
    await using mesh = await flaky(Number.POSITIVE_INFINITY);
    const attempt = () => mesh.customers.createCustomer(newcomer);
    for (let turn = 0; turn < 5; turn++) await expect(attempt()).rejects.toMatchObject(unavailable);
    const before = Date.now();
    for (let turn = 0; turn < 20; turn++) await expect(attempt()).rejects.toMatchObject({ reason: 'CIRCUIT_OPEN' });
    expect(Date.now() - before).toBeLessThan(500);
    expect(mesh.counted.attempts).toBe(5);
    mesh.counted.failures = 0;
    await until(
      () =>
        attempt().then(
          () => true,
          () => false,
        ),
      'the breaker lets calls through again',
      5_000,
    );
    for (let turn = 0; turn < 5; turn++) await attempt();
  });

  test('a refusal is an answer: it neither opens the breaker nor is it repeated', async () => {
    let attempts = 0;
    await using server = await ordering({
      getCustomer: async () => {
        attempts += 1;
        throw new Fault('CUSTOMER_NOT_FOUND', { metadata: { customer: 'x' } });
      },
    });
    using caller = clients({ ordering: server }, issuer.token(operator));
    for (let turn = 0; turn < 10; turn++) {
      await expect(caller.get(CustomerService).getCustomer({ customer: 'x' })).rejects.toMatchObject({
        reason: 'CUSTOMER_NOT_FOUND',
        metadata: { customer: 'x' },
      });
    }
    expect(attempts).toBe(10);
  });
});

describe('serve: who may call', () => {
  const answer = { getCustomer: async () => ({ id: 'x' }) };
  test.each([
    ['no token', () => none, 'UNAUTHENTICATED'],
    ['another role', () => issuer.token({ sub: 'd', roles: ['driver'] }), 'ACCESS_DENIED'],
    ['no role', () => issuer.token({ sub: 'n' }), 'ACCESS_DENIED'],
    ['an expired token', () => issuer.token(operator, { expires: '-2m' }), 'TOKEN_EXPIRED'],
    ['a token for others', () => issuer.token(operator, { audience: 'elsewhere' }), 'TOKEN_INVALID'],
    ['a token of another issuer', () => issuer.token(operator, { issuer: 'http://elsewhere' }), 'TOKEN_INVALID'],
    ['a forged token', () => issuer.forged(operator), 'TOKEN_INVALID'],
    ['nonsense', async () => 'nonsense', 'TOKEN_INVALID'],
    ['another customer', () => issuer.token({ ...alice, customer_id: 'bob' }), 'CUSTOMER_NOT_FOUND'],
  ])('%s is refused', async (_what, token, reason) => {
    await using server = await ordering(answer);
    using caller = clients({ ordering: server }, token());
    await expect(caller.get(CustomerService).getCustomer({ customer: 'alice' })).rejects.toMatchObject({ reason });
  });

  test('the customer concerned is served', async () => {
    await using server = await ordering(answer);
    using caller = clients({ ordering: server }, issuer.token(alice));
    expect(await caller.get(CustomerService).getCustomer({ customer: 'alice' })).toMatchObject({ id: 'x' });
  });

  test('a method of whose callers the contract says nothing is refused to everybody', async () => {
    const undeclared = undeclaredService();
    await using server = await serve([{ service: undeclared, methods: { ask: async () => ({}) } }]);
    using caller = new Clients({ ordering: server.address }, () => issuer.token(operator));
    const client = caller.get(undeclared) as unknown as { ask: (request: object) => Promise<unknown> };
    await expect(client.ask({})).rejects.toMatchObject({ reason: 'ACCESS_UNDECLARED' });
  });
});

describe('serve: what is asked', () => {
  test('every field that breaks a rule is named', async () => {
    await using server = await ordering({ createCustomer: command(async () => ({})) });
    using caller = clients({ ordering: server }, issuer.token(operator));
    const call = caller.get(CustomerService).createCustomer({ customer: { email: 'nowhere', phone: '?' } });
    const fault = await call.catch((error: Fault) => error);
    expect(fault).toMatchObject({ reason: 'INVALID_REQUEST' });
    expect((fault as Fault).violations.map(({ field }) => field).sort()).toEqual([
      'customer.display_name',
      'customer.email',
      'customer.phone',
    ]);
  });

  test('bytes that are no request are answered as such', async () => {
    await using server = await ordering({ getCustomer: async () => ({ id: 'x' }) });
    const raw = new grpc.Client(server.address, grpc.credentials.createInsecure());
    const metadata = new grpc.Metadata();
    metadata.set('authorization', `Bearer ${await issuer.token(operator)}`);
    const code = await new Promise((resolve) =>
      raw.makeUnaryRequest(
        '/jangbu.ordering.v1.CustomerService/GetCustomer',
        (bytes: Buffer) => bytes,
        (bytes) => bytes,
        Buffer.from([0xff, 0xff, 0xff]),
        metadata,
        (error) => resolve(error?.code),
      ),
    );
    raw.close();
    expect(code).toBe(grpc.status.INVALID_ARGUMENT);
  });

  test('what nobody foresaw tells the caller nothing of the inside', async () => {
    await using server = await ordering({
      getCustomer: async () => {
        throw new Error('password=hunter2');
      },
    });
    using caller = clients({ ordering: server }, issuer.token(operator));
    const fault = await caller
      .get(CustomerService)
      .getCustomer({ customer: 'x' })
      .catch((error: Fault) => error);
    expect(fault).toMatchObject({ reason: 'INTERNAL', message: 'internal error' });
  });
});

describe('serve: Idempotency-Key', () => {
  /** Ordering whose command inserts a row and answers with its number. */
  const inserting = (before = async () => {}) =>
    ordering({
      createCustomer: command<typeof CreateCustomerRequestSchema, typeof CustomerSchema>(async ({ customer }, tx) => {
        const { rows } = await tx.query('insert into applied (id, n) values ($1, 1) returning position', [
          customer?.displayName,
        ]);
        await before();
        return { id: String(rows[0].position) };
      }),
    });
  const rows = async () => (await database.query('select id from applied')).rows.length;
  const named = (displayName: string) => ({ customer: { displayName } });

  test('the same request gets the first answer, also under concurrency', async () => {
    await using server = await inserting(() => new Promise((resolve) => setTimeout(resolve, 30)));
    using caller = clients({ ordering: server }, issuer.token(operator));
    const ask = () => caller.get(CustomerService).createCustomer(named('A'), { idempotencyKey: 'same' });
    const answers = await Promise.all(Array.from({ length: 12 }, ask));
    expect(new Set([...answers, await ask()].map(({ id }) => id)).size).toBe(1);
    expect(await rows()).toBe(1);
  });

  test('another request under the same key is refused', async () => {
    await using server = await inserting();
    using caller = clients({ ordering: server }, issuer.token(operator));
    const customers = caller.get(CustomerService);
    await customers.createCustomer(named('A'), { idempotencyKey: 'reused' });
    await expect(customers.createCustomer(named('B'), { idempotencyKey: 'reused' })).rejects.toMatchObject({
      reason: 'IDEMPOTENCY_KEY_REUSED',
      code: grpc.status.ALREADY_EXISTS,
    });
    expect(await rows()).toBe(1);
  });

  test('another caller’s key is another key', async () => {
    await using server = await inserting();
    using first = clients({ ordering: server }, issuer.token(operator));
    using second = clients({ ordering: server }, issuer.token({ ...operator, sub: 'other' }));
    await first.get(CustomerService).createCustomer(named('A'), { idempotencyKey: 'mine' });
    await second.get(CustomerService).createCustomer(named('B'), { idempotencyKey: 'mine' });
    expect(await rows()).toBe(2);
  });

  test('a failure is not kept: the next attempt counts', async () => {
    let failing = true;
    await using server = await inserting(async () => {
      if (failing) throw new Fault('LINE_STATE_FORBIDS');
    });
    using caller = clients({ ordering: server }, issuer.token(operator));
    const ask = () => caller.get(CustomerService).createCustomer(named('A'), { idempotencyKey: 'again' });
    await expect(ask()).rejects.toMatchObject({ reason: 'LINE_STATE_FORBIDS' });
    failing = false;
    await ask();
    expect(await rows()).toBe(1);
  });

  test('a key that is none is refused', async () => {
    await using server = await inserting();
    using caller = clients({ ordering: server }, issuer.token(operator));
    await expect(
      caller.get(CustomerService).createCustomer(named('A'), { idempotencyKey: 'with blanks in it' }),
    ).rejects.toMatchObject({ reason: 'INVALID_REQUEST' });
    expect(await rows()).toBe(0);
  });

  test.each(['call.before-commit', 'call.after-commit'])('killed at %s, the command happens once', async (point) => {
    const port = await freePort();
    using caller = new Clients({ ordering: `127.0.0.1:${port}` }, () => none);
    const environment = { DATABASE_URL: stage.url, PORT: String(port) };
    await using killed = new Child('call.child.ts', { ...environment, JANGBU_KILL_AT: point });
    const ask = () => caller.get(CustomerService).createCustomer(named('A'), { idempotencyKey: point });
    let answered = false;
    const answer = (async () => {
      for (;;) {
        const done = await ask().catch(() => undefined);
        if (done) {
          answered = true;
          return done;
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
    await killed.untilKilled();
    expect(answered).toBe(false);
    await using _restarted = new Child('call.child.ts', environment);
    const { id } = await answer;
    expect((await ask()).id).toBe(id);
    expect(await rows()).toBe(1);
  });
});

describe('serve: streams', () => {
  const usage = (methods: Record<string, unknown>) => serve([{ service: UsageService, methods }]);

  test('what was sent before a failure arrives, then the failure', async () => {
    await using server = await usage({
      downloadRejections: async function* () {
        yield { data: Buffer.from('one') };
        throw new Fault('USAGE_FILE_CORRUPT');
      },
    });
    using caller = clients({ rating: server }, issuer.token(operator));
    const seen: string[] = [];
    const read = async () => {
      for await (const { data } of caller.get(UsageService).downloadRejections({ file: 'x' })) {
        seen.push(Buffer.from(data).toString());
      }
    };
    await expect(read()).rejects.toMatchObject({ reason: 'USAGE_FILE_CORRUPT' });
    expect(seen).toEqual(['one']);
  });

  test('a reader who leaves ends the sender, who never runs far ahead', async () => {
    let sent = 0;
    let left = false;
    await using server = await usage({
      downloadRejections: async function* () {
        try {
          for (; sent < 10_000; sent++) yield { data: Buffer.alloc(64 * 1024) };
        } finally {
          left = true;
        }
      },
    });
    using caller = clients({ rating: server }, issuer.token(operator));
    for await (const { data } of caller.get(UsageService).downloadRejections({ file: 'x' })) {
      expect(data).toHaveLength(64 * 1024);
      break;
    }
    await until(() => left, 'the sender ends', 5_000);
    expect(sent).toBeLessThan(1_000);
  });

  test('an upload that is cut off never looks complete', async () => {
    const ends: string[] = [];
    await using server = await usage({
      importUsageFile: async (requests: AsyncIterable<unknown>) => {
        try {
          for await (const _request of requests);
          ends.push('complete');
        } catch (error) {
          ends.push('cut');
          throw error;
        }
        return {};
      },
    });
    const raw = new grpc.Client(server.address, grpc.credentials.createInsecure());
    const metadata = new grpc.Metadata();
    metadata.set('authorization', `Bearer ${await issuer.token(operator)}`);
    for (let turn = 0; turn < 10; turn++) {
      const call = raw.makeClientStreamRequest(
        '/jangbu.rating.v1.UsageService/ImportUsageFile',
        (bytes: Buffer) => bytes,
        (bytes) => bytes,
        metadata,
        () => {},
      );
      call.on('error', () => {});
      await new Promise<void>((resolve) => call.write(Buffer.alloc(0), () => resolve()));
      await new Promise((resolve) => setTimeout(resolve, turn * 3));
      call.cancel();
    }
    raw.close();
    await until(() => ends.length > 0, 'some uploads end');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(new Set(ends)).toEqual(new Set(['cut']));
  });
});

/** A service whose method lacks the access option; the contract's linter lets none of this kind in, so it is made here. */
function undeclaredService(): DescService {
  const file = create(FileDescriptorProtoSchema, {
    name: 'undeclared.proto',
    package: 'jangbu.ordering.v1',
    syntax: 'proto3',
    messageType: [{ name: 'Nothing' }],
    service: [
      {
        name: 'UndeclaredService',
        method: [{ name: 'Ask', inputType: '.jangbu.ordering.v1.Nothing', outputType: '.jangbu.ordering.v1.Nothing' }],
      },
    ],
  });
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] }));
  const service = registry.getService('jangbu.ordering.v1.UndeclaredService');
  if (!service) throw new Error('unreachable: the service was just made');
  return service;
}
