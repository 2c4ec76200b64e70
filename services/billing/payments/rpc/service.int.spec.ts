import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { create, toBinary } from '@bufbuild/protobuf';
import grpc, { Metadata } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChargeService } from '#proto/billing/v1/charge_service';
import { PaymentState } from '#proto/billing/v1/payment';
import { PaymentService, ReceivePaymentWebhookRequestSchema } from '#proto/billing/v1/payment_service';
import { CustomerSchema } from '#proto/ordering/v1/customer';
import { readEnvironment } from '#shared/config/environment';
import { Database } from '#shared/database/database';
import { Clients } from '#shared/rpc/call';
import type { Caller, RoleName } from '#shared/rpc/identity';
import { freshDatabase } from '#test/harness/database';
import { startNats } from '#test/harness/nats';
import { runServer, type TestServer, temporaryFolder } from '#test/harness/server';
import { freePort } from '../../../../deploy/local/ports.ts';
import { isReadyMessage } from '../../../../deploy/local/program.ts';
import { readBillingConfig } from '../../config.ts';
import { startBilling } from '../../service.ts';
import { saveCustomer } from '../../store/copies.ts';
import { won } from '../../testing/caller.ts';
import { signatureHeader } from './receiveWebhook.ts';

/** A token of the tests: `operator`, `service`, or `customer <id>`. */
async function authenticate(metadata: Metadata): Promise<{ caller: Caller }> {
  const token = String(metadata.get('authorization')[0] ?? '').replace('Bearer ', '');
  if (token === '') return { caller: { subject: 'anonymous', roles: new Set() } };
  const [role, customerId] = token.split(' ');
  return { caller: { subject: token, roles: new Set([role as RoleName]), ...(customerId && { customerId }) } };
}

const stack = new AsyncDisposableStack();
const shared = { key: 'k', secret: 's' };
let natsUrl = '';

/** Billing on a database of its own, which knows the customers `a` and `b`. */
async function billing(settings: NodeJS.ProcessEnv) {
  const own = stack.use(await freshDatabase('payments'));
  const environment = {
    ...{ DATABASE_URL: own.url, NATS_URL: natsUrl, LOG_LEVEL: 'silent', ...settings },
    ...{ OIDC_ISSUER: 'http://127.0.0.1:1', OIDC_JWKS_URL: 'http://127.0.0.1:1/jwks' },
  };
  const running = stack.use(await startBilling(readEnvironment(environment, readBillingConfig), { authenticate }));
  const database = stack.use(new Database(own.url));
  for (const id of ['a', 'b']) {
    await database.transaction((tx) => saveCustomer(tx, create(CustomerSchema, { id, displayName: id })));
  }
  const address = `127.0.0.1:${running.port}`;
  return {
    database,
    address,
    as: <S extends Parameters<Clients['get']>[0]>(caller: string, service: S) =>
      stack.use(new Clients({ billing: address }, async () => caller)).get(service),
  };
}

/** Hands the provider's webhooks to billing the way the gateway does: the body to the byte, and the header. */
async function relay(address: () => string): Promise<string> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const metadata = new Metadata();
      metadata.set(signatureHeader, String(request.headers[signatureHeader]));
      const message = create(ReceivePaymentWebhookRequestSchema, { body: { data: Buffer.concat(parts) } });
      const client = new grpc.Client(address(), grpc.credentials.createInsecure());
      client.makeUnaryRequest(
        '/jangbu.billing.v1.PaymentService/ReceivePaymentWebhook',
        (raw: Buffer) => raw,
        (raw) => raw,
        Buffer.from(toBinary(ReceivePaymentWebhookRequestSchema, message)),
        metadata,
        (error) => {
          response.writeHead(error ? 503 : 200).end();
          client.close();
        },
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stack.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

async function providerProcess(webhookUrl: string): Promise<TestServer> {
  const folder = await temporaryFolder('payment-provider');
  const port = await freePort();
  const file = new URL('../../../../deploy/local/payment-provider/main.ts', import.meta.url).pathname;
  const program = {
    ...{ name: 'payments', file: process.execPath, args: ['--disable-warning=ExperimentalWarning', file], stage: 1 },
    ...{ isReadyLine: isReadyMessage, readyLimitMs: 60_000, stopSignal: 'SIGTERM' as const, stopLimitMs: 15_000 },
    env: {
      ...{ PORT: String(port), DATA_DIR: folder, PROVIDER_KEY: shared.key },
      ...{ WEBHOOK_URL: webhookUrl, WEBHOOK_SECRET: shared.secret },
    },
  };
  return stack.use(await runServer(program, folder, port, `http://127.0.0.1:${port}`));
}

describe('payments by billing as a service', () => {
  beforeAll(async () => {
    natsUrl = stack.use(await startNats()).url;
  });
  afterAll(() => stack.disposeAsync());

  it('TAXI-4 everything but payments works without a provider', async () => {
    const { as } = await billing({});
    const charging = as('service', ChargeService).charge({ key: 'k', customerId: 'a', amount: won(5) });
    await expect(charging).rejects.toMatchObject({ reason: 'PAYMENT_PROVIDER_UNAVAILABLE' });
    expect((await as('operator', PaymentService).listPayments({})).payments).toEqual([]);
  });

  it('TAXI-4 with a provider, its key and secret are needed', () => {
    const read = () => readEnvironment({ PAYMENT_PROVIDER_URL: 'http://127.0.0.1:1' }, readBillingConfig);
    expect(read).toThrow(/PAYMENT_PROVIDER_KEY is missing[\s\S]*PAYMENT_WEBHOOK_SECRET is missing/);
  });

  it('TAXI-4 MESH-8 a customer pays, also over the death of the provider, and sees only what is own', async () => {
    let address = '';
    const provider = await providerProcess(await relay(() => address));
    const service = await billing({
      ...{
        PAYMENT_PROVIDER_URL: provider.url,
        PAYMENT_PROVIDER_KEY: shared.key,
        PAYMENT_WEBHOOK_SECRET: shared.secret,
      },
      PAYMENT_TIME_LIMIT_MS: '1000',
    });
    address = service.address;
    const { as } = service;
    const behave = (behaviour: object) =>
      fetch(`${provider.url}/behaviour`, { method: 'POST', body: JSON.stringify(behaviour) });

    // given: methods, each the customer's own, and a key that makes one of them once
    const [a, b] = [as('customer a', PaymentService), as('customer b', PaymentService)];
    const [first, again] = [1, 2].map(() => a.createPaymentMethod({ token: 'tok_visa' }, { idempotencyKey: 'once' }));
    const method = await first;
    expect(await again).toEqual(method);
    expect(method).toMatchObject({ customerId: 'a', displayName: 'Visa •••• 4242' });
    await b.createPaymentMethod({ token: 'tok_mastercard' });
    expect((await a.listPaymentMethods({})).paymentMethods).toEqual([method]);
    expect((await as('operator', PaymentService).listPaymentMethods({})).paymentMethods).toHaveLength(2);
    const foreign = a.createPaymentMethod({ customerId: 'b', token: 'tok_visa' });
    await expect(foreign).rejects.toMatchObject({ reason: 'CUSTOMER_NOT_FOUND' });
    await expect(a.createPaymentMethod({ token: 'tok_stolen' })).rejects.toMatchObject({
      reason: 'PAYMENT_TOKEN_INVALID',
      violations: [{ field: 'token' }],
    });
    const nobody = as('operator', PaymentService).createPaymentMethod({ customerId: 'nobody', token: 'tok_visa' });
    await expect(nobody).rejects.toMatchObject({ reason: 'CUSTOMER_NOT_FOUND' });

    // when: one is paid, and the answer to another one dies with the provider
    const charges = as('service', ChargeService);
    const paid = await charges.charge({ key: 'p1', customerId: 'a', amount: won(500) });
    await behave({ mode: 'lose', webhooks: { delayMs: 60_000 } });
    await expect(charges.charge({ key: 'p2', customerId: 'a', amount: won(700) })).rejects.toMatchObject({
      reason: 'PAYMENT_PROVIDER_UNAVAILABLE',
    });
    await provider.killAndRestart();
    const latest = async () => (await a.listPayments({})).payments[0];
    await expect.poll(async () => (await latest())?.state, { timeout: 20_000 }).toBe(PaymentState.CAPTURED);
    expect(await charges.charge({ key: 'p2', customerId: 'a', amount: won(700) })).toEqual(await latest());

    // then: everybody sees what is own
    expect((await a.listPayments({})).payments.map(({ key }) => key)).toEqual(['p2', 'p1']);
    expect(await a.getPayment({ payment: paid.id })).toEqual(paid);
    expect((await b.listPayments({})).payments).toEqual([]);
    await expect(b.getPayment({ payment: paid.id })).rejects.toMatchObject({ reason: 'PAYMENT_NOT_FOUND' });
    await expect(b.listPayments({ customerId: 'a' })).rejects.toMatchObject({ reason: 'CUSTOMER_NOT_FOUND' });
    for (const caller of ['customer a', 'operator', 'driver']) {
      const charging = as(caller, ChargeService).charge({ key: 'x', customerId: 'a', amount: won(1) });
      await expect(charging).rejects.toMatchObject({ reason: 'ACCESS_DENIED' });
    }
    const operator = as('operator', PaymentService);
    const page = await operator.listPayments({ customerId: 'a', pageSize: 1 });
    const rest = await operator.listPayments({ customerId: 'a', pageSize: 1, pageToken: page.nextPageToken });
    expect([...page.payments, ...rest.payments].map(({ key }) => key)).toEqual(['p2', 'p1']);
    expect(rest.nextPageToken).toBe('');
    expect((await operator.listPayments({ state: PaymentState.FAILED })).payments).toEqual([]);
    await expect(operator.listPayments({ pageToken: 'x' })).rejects.toMatchObject({ reason: 'PAGE_TOKEN_INVALID' });

    // and no webhook without the provider's signature is taken
    await expect(as('', PaymentService).receivePaymentWebhook({})).rejects.toMatchObject({
      reason: 'WEBHOOK_SIGNATURE_INVALID',
    });
  });

  it('TAXI-4 a webhook brings the news of what was not found for a while', async () => {
    let address = '';
    const provider = await providerProcess(await relay(() => address));
    const service = await billing({
      ...{
        PAYMENT_PROVIDER_URL: provider.url,
        PAYMENT_PROVIDER_KEY: shared.key,
        PAYMENT_WEBHOOK_SECRET: shared.secret,
      },
    });
    address = service.address;
    await service.as('customer a', PaymentService).createPaymentMethod({ token: 'tok_visa' });
    const behave = (behaviour: object) =>
      fetch(`${provider.url}/behaviour`, { method: 'POST', body: JSON.stringify(behaviour) });
    // the webhook is refused until the worker has put the look off for an hour, as it does after many in vain
    await behave({ mode: 'hang' });
    const charging = service.as('service', ChargeService).charge({ key: 'k', customerId: 'a', amount: won(5) });
    await expect(charging).rejects.toMatchObject({ reason: 'PAYMENT_PROVIDER_UNAVAILABLE' });
    const later =
      "update payments set look_time = look_time + interval '1 hour', looks = looks + 1 where state = 'PENDING'";
    await service.database.query(later);
    await behave({ mode: 'ok' });
    const { rows } = await service.database.query(
      'select payments.id, provider_method_id as method from payments join payment_methods on payment_method_id = payment_methods.id',
    );
    // what was on its way arrives only now
    const body = { payment_method: rows[0].method, amount: '5', currency: 'KRW', description: `payment ${rows[0].id}` };
    const headers = { authorization: `Bearer ${shared.key}`, 'idempotency-key': rows[0].id };
    await fetch(`${provider.url}/v1/payments`, { method: 'POST', headers, body: JSON.stringify(body) });
    const operator = service.as('operator', PaymentService);
    await expect
      .poll(async () => (await operator.listPayments({})).payments[0]?.state, { timeout: 20_000 })
      .toBe(PaymentState.CAPTURED);
  });
});
