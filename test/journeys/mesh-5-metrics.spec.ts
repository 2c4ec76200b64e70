import { beforeAll, describe, expect, test } from 'vitest';
import { pathOf } from '../../deploy/graph/callGraph.ts';
import { meshGraph } from '../../deploy/graph/meshGraph.ts';
import { closeMonth } from '../../deploy/local/sample/closeMonth.ts';
import { until } from '../../deploy/local/sample/until.ts';
import { activeLine, type Business, csv, MONTH, newCustomer, openBusiness, record, upload } from './business.ts';
import { buy, newBuyer, newGoods, type Offering } from './store.ts';
import { SERVICES, theWorld, type World } from './world.ts';

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

let world: World;
let business: Business;
let goods: Offering;
const records = 3;
const seen = new Map<string, Sample[]>();

const processes = [...SERVICES, 'gateway'] as const;

/** Samples of Prometheus' text format. */
function samplesOf(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^([a-z_][\w]*)(?:\{(.*)\})? (\S+)$/i.exec(line) ?? [];
    if (name === undefined || value === undefined) return [];
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text]) => [key, text]);
    return [
      { name, labels: Object.fromEntries(pairs), value: value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value) },
    ];
  });
}

async function scrape(): Promise<void> {
  for (const name of processes) seen.set(name, samplesOf(await world.metricsOf(name)));
}

/** Samples of a process with these labels among theirs. */
function find(process: string, name: string, labels: Record<string, string> = {}): Sample[] {
  return (seen.get(process) ?? []).filter(
    (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  );
}

const sampled = (...query: Parameters<typeof find>) => find(...query)[0]?.value;

beforeAll(async () => {
  world = theWorld();
  const api = world.operator;
  business = await openBusiness(api);
  const customer = await newCustomer(api);
  const line = await activeLine(api, { customerId: customer.id, offeringId: business.offeringId });
  const good = Array.from({ length: records }, () => record(line, 1_048_576));
  await upload(api, business, csv([...good, good[0] ?? '', record({ serviceNumber: '01999999999' }, 1)]));
  const buyer = await newBuyer(api, '20000');
  goods = await newGoods(api, 10, '1500');
  await buy(api, buyer.customer.id, goods.id, 2);
  await closeMonth(api, { business: business.name, month: MONTH });
  await until('the last look at the books', 30_000, async () => {
    await scrape();
    const looked = find('billing', 'jangbu_ledger_difference', { currency: 'KRW' }).length > 0;
    return looked && sampled('rating', 'jangbu_close_lines', { ...ofBusiness(), jangbu_progress: 'invoiced' }) === 1
      ? true
      : undefined;
  });
}, 180_000);

const ofBusiness = () => ({ jangbu_business: business.name });

describe('MESH-5 metrics for Prometheus', () => {
  test.each(SERVICES)('%s: rate, errors and duration of each method', (service) => {
    const served = find(service, 'rpc_server_call_duration_seconds_count');
    for (const { labels } of served) {
      expect(labels).toEqual({
        rpc_system_name: 'grpc',
        rpc_method: expect.stringMatching(/^jangbu\.\w+\.v1\.\w+Service\/[A-Z]\w+$/),
        rpc_response_status_code: expect.stringMatching(/^[A-Z_]+$/),
      });
    }
    expect(find(service, 'jangbu_outbox_depth')).toHaveLength(1);
    expect(find(service, 'jangbu_outbox_age_seconds')).toHaveLength(1);
    expect(find(service, 'target_info', { service_name: `jangbu-${service}` })).toHaveLength(1);
  });

  test('calls that were served, made, and refused', () => {
    const method = { rpc_method: 'jangbu.ordering.v1.LineService/CreateLine' };
    expect(
      sampled('ordering', 'rpc_server_call_duration_seconds_count', { ...method, rpc_response_status_code: 'OK' }),
    ).toBeGreaterThan(0);
    const reserve = { rpc_method: 'jangbu.billing.v1.BalanceService/Reserve', peer_service: 'billing' };
    expect(sampled('ordering', 'rpc_client_call_duration_seconds_count', reserve)).toBeGreaterThan(0);
  });

  test('MESH-7 calls that were really made are calls that the mesh’s policies allow', async () => {
    const { edges } = await meshGraph();
    const allowed = new Set(edges.map(({ from, to, method }) => `${from} → ${to} ${pathOf(method)}`));
    const made = processes.flatMap((name) =>
      find(name, 'rpc_client_call_duration_seconds_count').map(
        ({ labels }) => `${name} → ${labels.peer_service} /${labels.rpc_method}`,
      ),
    );
    expect(new Set(made).size).toBeGreaterThan(4);
    expect([...new Set(made)].filter((call) => !allowed.has(call))).toEqual([]);
  });

  test('the gateway: by route, never by path', () => {
    const routes = find('gateway', 'http_server_request_duration_seconds_count');
    expect(
      sampled('gateway', 'http_server_request_duration_seconds_count', {
        http_request_method: 'POST',
        http_route: '/v1/lines',
        http_response_status_code: '200',
      }),
    ).toBeGreaterThan(0);
    for (const { labels } of routes) expect(labels.http_route ?? '').not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/);
  });

  test('events: how long handling takes, how far consumers are behind, what is parked', () => {
    const handled = find('billing', 'messaging_process_duration_seconds_count', {
      messaging_consumer_group_name: 'billing_ordering',
      messaging_destination_name: 'jangbu.ordering.line.LineChangeRequested.v1',
    });
    expect(handled[0]?.value).toBeGreaterThan(0);
    for (const service of ['rating', 'billing', 'settlement', 'notification', 'mypage']) {
      const lags = find(service, 'jangbu_consumer_lag');
      expect(lags.length).toBeGreaterThan(0);
      const consumers = lags.map(({ labels }) => labels.messaging_consumer_group_name);
      const parked = find(service, 'jangbu_dead_letters').map(({ labels }) => labels.messaging_consumer_group_name);
      expect(parked).toEqual(expect.arrayContaining(consumers));
    }
  });

  test('sagas: every step that one can be at has a series', () => {
    const steps = find('ordering', 'jangbu_saga_active');
    expect(steps.length).toBeGreaterThan(2);
    expect(new Set(find('ordering', 'jangbu_saga_age_seconds').map(({ labels }) => labels.jangbu_saga_type))).toEqual(
      new Set(steps.map(({ labels }) => labels.jangbu_saga_type)),
    );
  });

  test('the business: usage, close, invoices, orders and revenue add up', async () => {
    const lines = (progress: string) =>
      sampled('rating', 'jangbu_close_lines', { ...ofBusiness(), jangbu_period: MONTH, jangbu_progress: progress });
    expect(['expected', 'moved', 'invoiced'].map(lines)).toEqual([1, 1, 1]);
    await expect.poll(async () => scrape().then(() => lines('waiting'))).toBe(0);
    for (const [outcome, least] of [
      ['rated', records],
      ['duplicate', 1],
      ['rejected', 1],
      ['late', 0],
    ] as const) {
      const count = sampled('rating', 'jangbu_usage_records_total', { jangbu_outcome: outcome });
      expect(count).toBeGreaterThanOrEqual(least);
    }
    expect(sampled('rating', 'jangbu_usage_bytes_read_total')).toBeGreaterThan(100);
    expect(sampled('billing', 'jangbu_invoices_total', ofBusiness())).toBe(1);
    // The monthly fee of 3,100 and 3 MiB at 10 each, and a tenth of tax.
    expect(sampled('billing', 'jangbu_revenue_total', { ...ofBusiness(), currency: 'KRW' })).toBe(3_443);
    const order = { ...ofBusiness(), jangbu_order_type: 'ACTIVATE' };
    expect(sampled('ordering', 'jangbu_orders_total', { ...order, jangbu_order_state: 'PENDING' })).toBe(1);
    expect(sampled('ordering', 'jangbu_orders_total', { ...order, jangbu_order_state: 'COMPLETED' })).toBe(1);
    const bought = { jangbu_business: goods.business, currency: 'KRW' };
    expect(sampled('ordering', 'jangbu_revenue_total', bought)).toBeGreaterThanOrEqual(3_000);
  });

  test('the books agree, seen from billing and from settlement', () => {
    for (const service of ['billing', 'settlement']) {
      const differences = find(service, 'jangbu_ledger_difference');
      expect(differences.map(({ labels }) => labels.currency)).toContain('KRW');
      for (const { value } of differences) expect(value).toBe(0);
    }
  });

  test('nothing is labelled by an id, so nothing grows with the number of customers', () => {
    for (const name of processes) {
      for (const { labels } of seen.get(name) ?? []) {
        for (const value of Object.values(labels)) expect(value).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/);
      }
    }
  });
});
