import { type DescMessage, fromBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { Metadata } from '@grpc/grpc-js';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InvoiceIssuedSchema } from '#proto/billing/v1/events';
import { LineChangeAbandonedSchema, LineChangeRequestedSchema } from '#proto/ordering/v1/events';
import { OrderAction } from '#proto/ordering/v1/order';
import { RatingAccountOpenedSchema } from '#proto/rating/v1/events';
import { PeriodService } from '#proto/rating/v1/period_service';
import { RatingAccountService } from '#proto/rating/v1/rating_account_service';
import type { ComponentSchema } from '#proto/rating/v1/tariff';
import { TariffService } from '#proto/rating/v1/tariff_service';
import { UsageFileState } from '#proto/rating/v1/usage';
import { UsageService } from '#proto/rating/v1/usage_service';
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
import { readRatingConfig } from './config.ts';
import { startRating } from './service.ts';
import { uploadUsageFile } from './testing/upload.ts';
import { clock, csv, log, pieces } from './testing/world.ts';

/** A token of the tests: `operator`, `service`, or `customer <id>`. */
async function authenticate(metadata: Metadata): Promise<{ caller: Caller }> {
  const [role, customerId] = String(metadata.get('authorization')[0] ?? '')
    .replace('Bearer ', '')
    .split(' ');
  return { caller: { subject: 'test', roles: new Set([role as RoleName]), ...(customerId && { customerId }) } };
}

const stack = new AsyncDisposableStack();
let address = '';
let own: Database;
let others: Record<'ordering' | 'billing', Database>;

const as = <S extends Parameters<Clients['get']>[0]>(caller: string, service: S) =>
  stack.use(new Clients({ rating: address }, async () => caller)).get(service);
const send = (rows: string[], token = 'operator') =>
  uploadUsageFile({ address, token, business: 'iot', source: 'test', pieces: pieces(csv(rows), 50) });

async function outboxOf(service: 'ordering' | 'billing', natsUrl: string): Promise<Database> {
  const database = stack.use(new Database(stack.use(await freshDatabase(service)).url));
  const folder = new URL('../shared/outbox/migrations', import.meta.url);
  await migrate(database, [{ name: 'shared/outbox', folder }]);
  const nats = await connect({ servers: natsUrl });
  const locks = new AdvisoryLocks(database);
  const stop = new AbortController();
  const relay = runRelay({ service, database, nats, locks, log }, stop.signal);
  stack.defer(async () => {
    stop.abort();
    await relay;
    await locks[Symbol.asyncDispose]();
    await nats.close();
  });
  return database;
}

const happens = <D extends DescMessage>(from: 'ordering' | 'billing', schema: D, init: MessageInitShape<D>) =>
  others[from].transaction((tx) => emit(tx, schema, init));

/** What rating has answered an order. */
async function answers(orderId: string): Promise<string[]> {
  const { rows } = await own.query("select type, body from outbox where aggregate = 'account' order by time, id");
  // All answers have the same fields.
  return rows
    .map(({ type, body }) => ({ type: type.split('.').pop(), event: fromBinary(RatingAccountOpenedSchema, body) }))
    .filter(({ event }) => event.orderId === orderId)
    .map(({ type, event }) => (event.reason ? `${type} ${event.reason}` : type));
}

async function order(
  orderId: string,
  action: OrderAction,
  line: { id: string; serviceNumber: string; customerId?: string },
  effectiveTime: string,
  tariffId = 'basic',
) {
  await happens('ordering', LineChangeRequestedSchema, {
    orderId,
    action,
    tariffId,
    effectiveTime: timestampFromDate(new Date(effectiveTime)),
    line: { customerId: 'c-1', ...line, offeringId: 'basic', apn: 'iot.kr', business: 'iot' },
  });
  await expect.poll(() => answers(orderId), { timeout: 20_000 }).not.toEqual([]);
  return answers(orderId);
}

const components: MessageInitShape<typeof ComponentSchema>[] = [
  {
    name: 'Data',
    metric: 'bytes',
    unit: '1048576',
    allowance: '1048576',
    model: { case: 'perUnit', value: { unitPrice: '20.5' } },
  },
];
const tariff = { id: 'basic', displayName: 'Basic', currency: 'KRW', taxRate: '0.1', versions: [{ components }] };

describe('rating as a service', () => {
  beforeAll(async () => {
    const nats = stack.use(await startNats());
    const fresh = stack.use(await freshDatabase('rating'));
    own = stack.use(new Database(fresh.url));
    const environment = {
      DATABASE_URL: fresh.url,
      NATS_URL: nats.url,
      OIDC_ISSUER: 'http://127.0.0.1:1',
      OIDC_JWKS_URL: 'http://127.0.0.1:1/jwks',
      LOG_LEVEL: 'silent',
    };
    others = {
      ordering: await outboxOf('ordering', nats.url),
      billing: await outboxOf('billing', nats.url),
    };
    const config = readEnvironment(environment, readRatingConfig);
    const service = stack.use(await startRating(config, { authenticate, clock }));
    address = `127.0.0.1:${service.port}`;
  });
  afterAll(() => stack.disposeAsync());

  it('creates, versions, lists and quotes tariffs', async () => {
    const tariffs = as('operator', TariffService);
    const created = await tariffs.createTariff({ tariff });
    expect(created).toMatchObject({ id: 'basic', etag: '1' });
    await expect(tariffs.createTariff({ tariff })).rejects.toMatchObject({ reason: 'ID_TAKEN' });
    await expect(
      tariffs.createTariff({ tariff: { ...tariff, id: 'bad', versions: [{ components: [] }] } }),
    ).rejects.toMatchObject({ reason: 'INVALID_REQUEST' });
    const usage = [{ metric: 'bytes', quantity: String(3 * 1048576) }];
    expect(await tariffs.quote({ tariff: 'basic', usage })).toMatchObject({
      amount: { currency: 'KRW', amount: '41' },
      tax: { amount: '4' },
      total: { amount: '45' },
      lines: [{ component: 'Data', quantity: '3145728', exactAmount: '41' }],
    });
    const version = { components, effectiveTime: timestampFromDate(new Date('2026-12-01T00:00:00Z')) };
    await expect(tariffs.addTariffVersion({ tariff: 'basic', version, etag: '7' })).rejects.toMatchObject({
      reason: 'ETAG_MISMATCH',
    });
    expect((await tariffs.addTariffVersion({ tariff: 'basic', version })).versions).toHaveLength(2);
    await expect(tariffs.addTariffVersion({ tariff: 'basic', version })).rejects.toMatchObject({
      reason: 'INVALID_REQUEST',
    });
    await tariffs.createTariff({ tariff: { ...tariff, id: 'other' } });
    const first = await tariffs.listTariffs({ pageSize: 1 });
    const second = await tariffs.listTariffs({ pageSize: 1, pageToken: first.nextPageToken });
    expect([...first.tariffs, ...second.tariffs].map(({ id }) => id)).toEqual(['basic', 'other']);
    expect(second.nextPageToken).toBe('');
    const { rows } = await own.query("select count(*)::int from outbox where aggregate = 'tariff'");
    expect(rows).toEqual([{ count: 3 }]);
  });

  it('IOT-1 opens an account for an order, once, and refuses with a reason', async () => {
    const line = { id: 'line-1', serviceNumber: '01200000001' };
    const activation = () => order('o-1', OrderAction.ACTIVATE, line, '2026-10-10T00:00:00Z');
    expect(await activation()).toEqual(['RatingAccountOpened']);
    await activation();
    await expect.poll(() => answers('o-1')).toEqual(['RatingAccountOpened', 'RatingAccountOpened']);
    const { rows } = await own.query('select line_id from rating_accounts');
    expect(rows).toEqual([{ line_id: 'line-1' }]);
    // A version that charges a share of amounts is no price of a line's month, and of a tariff that no line has it is fine.
    const version = {
      components: [{ name: 'share', metric: 'units', model: { case: 'percentage' as const, value: { rate: '0.1' } } }],
      effectiveTime: timestampFromDate(new Date()),
    };
    const tariffs = as('operator', TariffService);
    await expect(tariffs.addTariffVersion({ tariff: 'basic', version })).rejects.toMatchObject({
      reason: 'TARIFF_INVALID',
      violations: [{ field: 'version.components' }],
    });
    expect((await tariffs.addTariffVersion({ tariff: 'other', version })).versions).toHaveLength(2);
    const twin = { id: 'line-2', serviceNumber: '01200000001' };
    expect(await order('o-2', OrderAction.ACTIVATE, twin, '2026-11-10T00:00:00Z')).toEqual([
      'RatingAccountRefused SERVICE_NUMBER_IN_USE',
    ]);
    expect(await order('o-3', OrderAction.ACTIVATE, twin, '2026-11-10T00:00:00Z', 'none')).toEqual([
      'RatingAccountRefused TARIFF_NOT_FOUND',
    ]);
  });

  it('IOT-1 takes an activation back when the order failed', async () => {
    const line = { id: 'line-3', serviceNumber: '01200000003' };
    await order('o-4', OrderAction.ACTIVATE, line, '2026-11-01T00:00:00Z');
    await happens('ordering', LineChangeAbandonedSchema, {
      orderId: 'o-4',
      lineId: 'line-3',
      reason: 'SAGA_TIMED_OUT',
    });
    await expect.poll(() => answers('o-4')).toEqual(['RatingAccountOpened', 'RatingAccountClosed SAGA_TIMED_OUT']);
    const again = { ...line, id: 'line-4' };
    expect(await order('o-5', OrderAction.ACTIVATE, again, '2026-11-01T00:00:00Z')).toEqual(['RatingAccountOpened']);
  });

  it('IOT-4 says that a terminated line is not in use, and tells so once an order', async () => {
    const line = { id: 'line-5', serviceNumber: '01200000005' };
    await order('o-6', OrderAction.ACTIVATE, line, '2026-11-01T00:00:00Z');
    const accounts = as('service', RatingAccountService);
    expect(await accounts.checkAccountUse({ lineId: 'line-5', orderId: 'x' })).toMatchObject({ inUse: true });
    expect(await order('o-7', OrderAction.TERMINATE, line, '2026-11-02T00:00:00Z')).toEqual(['RatingAccountClosed']);
    for (let repeat = 0; repeat < 2; repeat++) {
      expect(await accounts.checkAccountUse({ lineId: 'line-5', orderId: 'o-8' })).toMatchObject({ inUse: false });
    }
    expect(await answers('o-8')).toEqual(['RatingAccountUnused']);
    await expect(
      as('customer c-1', RatingAccountService).checkAccountUse({ lineId: 'l', orderId: 'o' }),
    ).rejects.toMatchObject({
      reason: 'ACCESS_DENIED',
    });
  });

  it('IOT-6 imports a file that is sent as a stream and shows what became of it', async () => {
    const row = (id: string, number: string, time = '2026-11-10T10:00:00.5Z') => `${id},${number},iot.kr,${time},1,2`;
    const file = await send([
      row('a', '01200000001'),
      row('b', '01200000001'),
      row('c,"', '1'),
      row('a', '01200000001'),
    ]);
    expect(file).toMatchObject({
      state: UsageFileState.IMPORTED,
      recordsRead: 4n,
      rated: 2n,
      duplicate: 1n,
      rejected: 1n,
      rejectionsByReason: { MALFORMED: 1n },
    });
    const usage = as('operator', UsageService);
    expect(await usage.getUsageFile({ file: file.id })).toEqual(file);
    await expect(usage.getUsageFile({ file: 'none' })).rejects.toMatchObject({ reason: 'USAGE_FILE_NOT_FOUND' });
    expect((await usage.listUsageFiles({ business: 'iot' })).usageFiles).toEqual([file]);
    let text = '';
    for await (const { data } of usage.downloadRejections({ file: file.id })) text += Buffer.from(data).toString();
    expect(text).toBe(
      'line,reason,detail,record\r\n' +
        '4,MALFORMED,a quote is not closed,"c,"",1,iot.kr,2026-11-10T10:00:00.5Z,1,2"\r\n',
    );
    const mine = as('customer c-1', UsageService);
    expect(await mine.getLineUsage({ line: 'line-1', period: '2026-11' })).toMatchObject({
      totalBytes: 6n,
      records: 2n,
    });
    const page = await mine.listUsageRecords({ lineId: 'line-1', period: '2026-11', pageSize: 1 });
    const rest = await mine.listUsageRecords({ lineId: 'line-1', period: '2026-11', pageToken: page.nextPageToken });
    const records = [...page.usageRecords, ...rest.usageRecords];
    expect(records.map(({ recordId }) => recordId).sort()).toEqual(['a', 'b']);
    expect(records[0]).toMatchObject({ fileId: file.id, apn: 'iot.kr', period: '2026-11', outcome: 1 });
    expect(records[0]?.startTime?.nanos).toBe(500_000_000);
    const stranger = as('customer c-2', UsageService);
    for (const refused of [
      () => stranger.getLineUsage({ line: 'line-1', period: '2026-11' }),
      () => stranger.listUsageRecords({ lineId: 'line-1', period: '2026-11' }),
      () => mine.getLineUsage({ line: 'none', period: '2026-11' }),
    ]) {
      await expect(refused()).rejects.toMatchObject({ reason: 'LINE_NOT_FOUND' });
    }
    await expect(
      mine.listUsageRecords({ lineId: 'line-1', period: '2026-11', pageToken: 'WyJ4Il0' }),
    ).rejects.toMatchObject({ reason: 'PAGE_TOKEN_INVALID' });
  });

  it('an upload without a business, by a customer, or cancelled is refused; a cancelled one fails its file', async () => {
    const upload = { address, token: 'operator', source: '', business: 'iot' };
    await expect(uploadUsageFile({ ...upload, business: '', pieces: pieces(csv([])) })).rejects.toMatchObject({
      code: 3,
    });
    await expect(uploadUsageFile({ ...upload, token: 'customer c-1', pieces: pieces(csv([])) })).rejects.toMatchObject({
      code: 7,
    });
    const abort = new AbortController();
    async function* endless() {
      yield Buffer.from(csv([]));
      await new Promise((resolve) => setTimeout(resolve, 300));
      abort.abort();
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    await expect(uploadUsageFile({ ...upload, pieces: endless(), signal: abort.signal })).rejects.toMatchObject({
      code: 1,
    });
    await expect
      .poll(async () => (await own.query('select state, state_reason from usage_files order by no desc limit 1')).rows)
      .toEqual([{ state: 'FAILED', state_reason: 'CANCELLED' }]);
  });

  it('IOT-8 closes a month, counts its invoices, and takes no change for it any more', async () => {
    const periods = as('operator', PeriodService);
    await periods.closePeriod({ business: 'iot', period: '2026-10' });
    await expect
      .poll(async () => (await periods.getPeriod({ business: 'iot', period: '2026-10' })).state, { timeout: 10_000 })
      .toBe(3);
    await happens('billing', InvoiceIssuedSchema, { invoice: { id: 'i-1', business: 'iot', period: '2026-10' } });
    await happens('billing', InvoiceIssuedSchema, { invoice: { id: 'i-2', business: 'iot', period: '2026-10' } });
    await expect
      .poll(() => periods.getPeriod({ business: 'iot', period: '2026-10' }), { timeout: 10_000 })
      .toMatchObject({ lines: 1n, moved: 1n, invoiced: 2n });
    const line = { id: 'line-1', serviceNumber: '01200000001' };
    expect(await order('o-9', OrderAction.SUSPEND, line, '2026-10-31T14:59:59Z')).toEqual([
      'RatingAccountRefused PERIOD_CLOSED',
    ]);
    expect(await order('o-10', OrderAction.SUSPEND, line, '2026-10-31T15:00:00Z')).toEqual(['RatingAccountChanged']);
    const { periods: listed } = await periods.listPeriods({ business: 'iot' });
    expect(listed.map(({ period }) => period)).toEqual(['2026-11', '2026-10']);
  });

  it('IOT-8 a month closed before its end takes changes dated after the close, and none before', async () => {
    await as('operator', PeriodService).closePeriod({ business: 'iot', period: '2026-11' });
    const line = { id: 'line-1', serviceNumber: '01200000001' };
    const around = (ms: number) => new Date(clock.now().getTime() + ms).toISOString();
    expect(await order('o-11', OrderAction.RESUME, line, around(-1))).toEqual(['RatingAccountRefused PERIOD_CLOSED']);
    expect(await order('o-12', OrderAction.RESUME, line, around(0))).toEqual(['RatingAccountChanged']);
  });
});
