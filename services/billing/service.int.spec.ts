import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { Metadata } from '@grpc/grpc-js';
import { connect } from '@nats-io/transport-node';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AccountKind } from '#proto/billing/v1/account';
import { AccountService } from '#proto/billing/v1/account_service';
import { InvoiceService } from '#proto/billing/v1/invoice_service';
import { CreditRequestedSchema, CustomerChangedSchema, LineChangeRequestedSchema } from '#proto/ordering/v1/events';
import { OrderAction } from '#proto/ordering/v1/order';
import { PeriodClosedSchema, TariffChangedSchema, UsageMovedSchema } from '#proto/rating/v1/events';
import { readEnvironment } from '#shared/config/environment';
import { Database } from '#shared/database/database';
import { migrate } from '#shared/database/migrate';
import { emit } from '#shared/outbox/outbox';
import { runRelay } from '#shared/outbox/relay';
import { AdvisoryLocks } from '#shared/process/advisoryLocks';
import { Clients } from '#shared/rpc/call';
import type { Caller, RoleName } from '#shared/rpc/identity';
import { freshDatabase } from '#test/harness/database';
import { startNats } from '#test/harness/nats';
import { readBillingConfig } from './config.ts';
import { startBilling } from './service.ts';
import { basicTariff } from './testing/month.ts';

/** A token of the tests: `operator`, or `customer <id>`. */
async function authenticate(metadata: Metadata): Promise<{ caller: Caller }> {
  const [role, customerId] = String(metadata.get('authorization')[0] ?? '')
    .replace('Bearer ', '')
    .split(' ');
  return {
    caller: { subject: 'test', roles: new Set([role as RoleName]), ...(customerId && { customerId }) },
  };
}

const stack = new AsyncDisposableStack();
let ordering: Database;
let rating: Database;
let address = '';
const as = <S extends Parameters<Clients['get']>[0]>(caller: string, service: S) =>
  stack.use(new Clients({ billing: address }, async () => caller)).get(service);

/** Another service as far as billing sees it: an outbox and its relay. */
async function outboxOf(service: string, natsUrl: string): Promise<Database> {
  const database = stack.use(new Database(stack.use(await freshDatabase(service)).url));
  const folder = new URL('../shared/outbox/migrations', import.meta.url);
  await migrate(database, [{ name: 'shared/outbox', folder }]);
  const nats = await connect({ servers: natsUrl });
  const locks = new AdvisoryLocks(database);
  const stop = new AbortController();
  const relay = runRelay({ service, database, nats, locks, log: pino({ level: 'silent' }) }, stop.signal);
  stack.defer(async () => {
    stop.abort();
    await relay;
    await locks[Symbol.asyncDispose]();
    await nats.close();
  });
  return database;
}

describe('billing as a service', () => {
  beforeAll(async () => {
    const nats = stack.use(await startNats());
    const own = stack.use(await freshDatabase('billing'));
    const config = readEnvironment(
      {
        DATABASE_URL: own.url,
        NATS_URL: nats.url,
        OIDC_ISSUER: 'http://127.0.0.1:1',
        OIDC_JWKS_URL: 'http://127.0.0.1:1/jwks',
        LOG_LEVEL: 'silent',
      },
      readBillingConfig,
    );
    const service = stack.use(await startBilling(config, { authenticate }));
    address = `127.0.0.1:${service.port}`;
    ordering = await outboxOf('ordering', nats.url);
    rating = await outboxOf('rating', nats.url);
  });
  afterAll(() => stack.disposeAsync());

  it('IOT-10 takes a line from its order to its invoice and its document', async () => {
    const head = { periodId: 'iot-2026-11', business: 'iot', period: '2026-11' };
    await rating.transaction((tx) => emit(tx, TariffChangedSchema, { tariff: basicTariff('basic', 'KRW') }));
    await ordering.transaction(async (tx) => {
      await emit(tx, CustomerChangedSchema, {
        customer: { id: 'farm', displayName: '홍길동', email: 'a@example.com' },
      });
    });
    const operator = as('operator', AccountService);
    const account = await operator.createAccount({
      account: { customerId: 'farm', currency: 'KRW', kind: AccountKind.POSTPAID },
    });
    const line = {
      id: 'line',
      customerId: 'farm',
      offeringId: 'basic',
      serviceNumber: '0101',
      business: 'iot',
      accountId: account.id,
    };
    await ordering.transaction(async (tx) => {
      const effectiveTime = timestampFromDate(new Date('2026-10-01T00:00:00Z'));
      const order = { orderId: 'order', action: OrderAction.ACTIVATE, line, tariffId: 'basic', effectiveTime };
      await emit(tx, LineChangeRequestedSchema, order);
    });
    await rating.transaction(async (tx) => {
      await emit(tx, UsageMovedSchema, {
        ...head,
        lines: [{ lineId: 'line', totals: [{ metric: 'bytes', quantity: '209715200' }] }],
      });
      await emit(tx, PeriodClosedSchema, { ...head, lines: 1n });
    });

    const invoices = as('customer farm', InvoiceService);
    const [invoice] = await vi.waitFor(
      async () => {
        const answer = await invoices.listInvoices({ period: '2026-11' });
        expect(answer.invoices).toHaveLength(1);
        return answer.invoices;
      },
      { timeout: 20_000, interval: 100 },
    );
    expect(invoice).toMatchObject({
      number: 'IOT-00000001',
      accountId: account.id,
      total: { currency: 'KRW', amount: '13145' },
    });
    expect(await invoices.getInvoice({ invoice: invoice?.id ?? '' })).toEqual(invoice);
    const document = await invoices.getInvoiceDocument({ invoice: invoice?.id ?? '' });
    expect([document.contentType, Buffer.from(document.data.subarray(0, 5)).toString()]).toEqual([
      'application/pdf',
      '%PDF-',
    ]);
    const owed = await as('customer farm', AccountService).getAccount({ account: account.id });
    expect(owed.balance?.amount).toBe('13145');

    // and another customer sees none of it
    const stranger = as('customer stranger', InvoiceService);
    await expect(stranger.getInvoice({ invoice: invoice?.id ?? '' })).rejects.toThrow(/no invoice/);
    expect((await stranger.listInvoices({})).invoices).toEqual([]);
    await expect(as('customer stranger', AccountService).getAccount({ account: account.id })).rejects.toThrow(
      /no account/,
    );
  });

  it('SMOKE-1 gives once the points that events ask for, into an account that it opens', async () => {
    const request = (customerId: string, amount: string) => ({
      key: `visit-${customerId}`,
      customerId,
      amount: { currency: 'PTS', amount },
      memo: '',
    });
    // Twice under one key, which are two events; the one behind them says when both have been handled.
    for (const asked of [request('visitor', '100'), request('visitor', '100'), request('other', '5')]) {
      await ordering.transaction((tx) => emit(tx, CreditRequestedSchema, asked));
    }
    const accounts = (customerId: string) => as(`customer ${customerId}`, AccountService).listAccounts({ customerId });
    await vi.waitFor(
      async () => expect((await accounts('other')).accounts).toMatchObject([{ balance: { amount: '5' } }]),
      { timeout: 20_000, interval: 100 },
    );
    expect((await accounts('visitor')).accounts).toMatchObject([
      { kind: AccountKind.PREPAID, balance: { currency: 'PTS', amount: '100' } },
    ]);
  });

  it('pages accounts and refuses what it cannot read', async () => {
    const operator = as('operator', AccountService);
    for (const currency of ['KRW', 'USD']) {
      await operator.createAccount({ account: { customerId: 'farm', currency, kind: AccountKind.POSTPAID } });
    }
    const first = await operator.listAccounts({ customerId: 'farm', pageSize: 2 });
    const second = await operator.listAccounts({ customerId: 'farm', pageSize: 2, pageToken: first.nextPageToken });
    expect([first.accounts.length, second.accounts.length, second.nextPageToken]).toEqual([2, 1, '']);
    await expect(operator.listAccounts({ pageToken: '!' })).rejects.toMatchObject({ reason: 'PAGE_TOKEN_INVALID' });
    const ofAnotherList = Buffer.from('["iot","7"]').toString('base64url');
    await expect(operator.listAccounts({ pageToken: ofAnotherList })).rejects.toMatchObject({
      reason: 'PAGE_TOKEN_INVALID',
    });
    await expect(
      as('operator', InvoiceService).listInvoices({ pageToken: Buffer.from('["x"]').toString('base64url') }),
    ).rejects.toMatchObject({ reason: 'PAGE_TOKEN_INVALID' });
    const unknown = operator.createAccount({
      account: { customerId: 'nobody', currency: 'KRW', kind: AccountKind.POSTPAID },
    });
    await expect(unknown).rejects.toMatchObject({ reason: 'CUSTOMER_NOT_FOUND' });
  });
});
