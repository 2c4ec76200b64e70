import type { Metadata } from '@grpc/grpc-js';
import { connect } from '@nats-io/transport-node';
import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import { CreditGrantedSchema } from '#proto/billing/v1/events';
import { CatalogService } from '#proto/ordering/v1/catalog_service';
import { CustomerService } from '#proto/ordering/v1/customer_service';
import { OfferingKind } from '#proto/ordering/v1/offering';
import { type Visit, VisitState } from '#proto/ordering/v1/visit';
import { VisitService } from '#proto/ordering/v1/visit_service';
import { Database } from '#shared/database/database';
import { migrate } from '#shared/database/migrate';
import { emit } from '#shared/outbox/outbox';
import { runRelay } from '#shared/outbox/relay';
import { AdvisoryLocks } from '#shared/process/advisoryLocks';
import { Clients } from '#shared/rpc/call';
import type { Caller, RoleName } from '#shared/rpc/identity';
import { freshDatabase } from '#test/harness/database';
import { startNats } from '#test/harness/nats';
import { readConfig } from '../config.ts';
import { startOrdering } from '../service.ts';
import { Bank } from './testing/bank.ts';

/** A token of the tests: `operator`, or `customer <id>`. */
async function authenticate(metadata: Metadata): Promise<{ caller: Caller }> {
  const token = String(metadata.get('authorization')[0] ?? '').replace('Bearer ', '');
  const [role, customerId] = token.split(' ');
  return { caller: { subject: token, roles: new Set([role as RoleName]), ...(customerId && { customerId }) } };
}

/** Billing as far as ordering sees it by events: an outbox and its relay. */
async function billingOutbox(stack: AsyncDisposableStack, natsUrl: string): Promise<Database> {
  const database = stack.use(new Database(stack.use(await freshDatabase('billing')).url));
  const folder = new URL('../../shared/outbox/migrations', import.meta.url);
  await migrate(database, [{ name: 'shared/outbox', folder }]);
  const nats = await connect({ servers: natsUrl });
  const locks = new AdvisoryLocks(database);
  const stop = new AbortController();
  const relay = runRelay({ service: 'billing', database, nats, locks, log: pino({ level: 'silent' }) }, stop.signal);
  stack.defer(async () => {
    stop.abort();
    await relay;
    await locks[Symbol.asyncDispose]();
    await nats.close();
  });
  return database;
}

test('SMOKE-1 SMOKE-2 the points of a visit come over the wire, also to an ordering that was stopped meanwhile', async () => {
  await using stack = new AsyncDisposableStack();
  const nats = stack.use(await startNats());
  const own = stack.use(await freshDatabase('ordering'));
  const bank = stack.use(await Bank.open(() => new Date()));
  const billing = await billingOutbox(stack, nats.url);
  const config = readConfig({
    DATABASE_URL: own.url,
    NATS_URL: nats.url,
    OIDC_ISSUER: 'http://127.0.0.1:1',
    OIDC_JWKS_URL: 'http://127.0.0.1:1/jwks',
    LOG_LEVEL: 'silent',
    RATING_ADDRESS: bank.address,
    BILLING_ADDRESS: bank.address,
  });
  bank.tariffs.set('visit', { currency: 'PTS', minor: 100n });
  const start = async () => {
    const service = await startOrdering(config, { authenticate });
    const as = (token: string) => stack.use(new Clients({ ordering: `127.0.0.1:${service.port}` }, async () => token));
    return { service, as };
  };

  const first = await start();
  let visit: Visit;
  {
    await using _stopped = first.service;
    const operator = first.as('operator');
    await operator.get(CatalogService).createOffering({
      offering: { id: 'booth', business: 'booths', kind: OfferingKind.VISIT, displayName: '부스', tariffId: 'visit' },
    });
    const { id: customerId } = await operator.get(CustomerService).createCustomer({ customer: { displayName: '이' } });
    const visits = first.as(`customer ${customerId}`).get(VisitService);
    visit = await visits.createVisit({ offeringId: 'booth', area: '북문' });
    expect(visit.customerId).toBe(customerId);
    await visits.checkOutVisit({ visit: visit.id });
  }
  // Whichever of the two runs of ordering asked for the points, the second hears the answer.
  const key = `visit-${visit.id}`;
  await billing.transaction((tx) => emit(tx, CreditGrantedSchema, { key: 'somebody-else', customerId: 'x' }));
  const second = await start();
  await using _running = second.service;
  const database = stack.use(new Database(own.url));
  await vi.waitFor(
    async () => {
      const { rowCount } = await database.query('select from outbox where aggregate_id = $1', [key]);
      expect(rowCount).toBe(1);
    },
    { timeout: 20_000, interval: 50 },
  );
  await billing.transaction((tx) => emit(tx, CreditGrantedSchema, { key, customerId: visit.customerId }));
  const visits = second.as(`customer ${visit.customerId}`).get(VisitService);
  await vi.waitFor(async () => expect((await visits.getVisit({ visit: visit.id })).state).toBe(VisitState.EARNED), {
    timeout: 20_000,
    interval: 50,
  });
  const { visits: mine } = await visits.listVisits({});
  expect(mine).toMatchObject([{ id: visit.id, points: { currency: 'PTS', amount: '100' } }]);
  await expect(second.as('customer stranger').get(VisitService).getVisit({ visit: visit.id })).rejects.toMatchObject({
    reason: 'VISIT_NOT_FOUND',
  });
});
