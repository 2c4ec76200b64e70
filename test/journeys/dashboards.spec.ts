import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { serviceNames } from '#shared/config/service';
import { dashboards } from '../../deploy/k8s/components/observability/dashboards/source/all.ts';
import { metricsOf } from '../../deploy/k8s/components/observability/dashboards/source/metrics.ts';
import { readRules } from '../../deploy/k8s/components/observability/prometheusRules.ts';
import { closeMonth } from '../../deploy/local/sample/closeMonth.ts';
import { until } from '../../deploy/local/sample/until.ts';
import { Prometheus, type Sample } from '../harness/prometheus.ts';
import { activeLine, csv, MONTH, newCustomer, openBusiness, record, upload } from './business.ts';
import { buy, newBuyer, newGoods } from './store.ts';
import { theWorld, type World } from './world.ts';

const folder = fileURLToPath(new URL('../../deploy/k8s/components/observability/rules', import.meta.url));
const ruleFiles = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
const rules = ruleFiles.flatMap((file) => readRules(file).groups).flatMap((group) => group.rules);

const queries = dashboards.flatMap(({ title, rows }) =>
  rows.flatMap(({ panels }) =>
    panels.flatMap((panel) =>
      panel.queries.map(({ expr, legend = '' }) => ({ name: `${title}: ${panel.title}`, expr, legend })),
    ),
  ),
);
const variables = dashboards.flatMap(({ title, variables: list }) =>
  list.map(({ name, query }) => ({ name: `${title}: ${name}`, query })),
);

/** Rating asks every ten seconds whether it is time to look whether usage adds up, and has nothing to say before its first look at a business; all else is there within seconds. */
const patience = { timeout: 40_000, interval: 250 };
const limit = 60_000;

let world: World;
let prometheus: Prometheus;
let business: string;

/** A month of a line, a purchase, one that is cancelled, one that is refused, and a look at what became of it. */
async function journey(): Promise<void> {
  const { operator } = world;
  const iot = await openBusiness(operator);
  business = iot.name;
  const customer = await newCustomer(operator);
  const line = await activeLine(operator, { customerId: customer.id, offeringId: iot.offeringId });
  const records = Array.from({ length: 20 }, (_, index) => record(line, 1_000 + index));
  await upload(operator, iot, csv([...records, records[0] ?? '', 'not,a,record,at,all,0']));
  const { customer: buyer } = await newBuyer(operator, '10000');
  const goods = await newGoods(operator, 5, '1000');
  await buy(operator, buyer.id, goods.id, 2);
  const regretted = await buy(operator, buyer.id, goods.id, 1);
  await operator.post(`/v1/orders/${regretted.id}:cancel`, {}, randomUUID());
  await buy(operator, buyer.id, goods.id, 1000);
  await closeMonth(operator, { business: iot.name, month: MONTH });
  await look();
}

/** A call of each service. */
async function look(): Promise<void> {
  const { operator } = world;
  await operator.get(`/v1/offerings?business=${business}`);
  await operator.get('/v1/tariffs');
  await operator.get(`/v1/invoices?period=${MONTH}`);
  await operator.get('/v1/trialBalance');
  await operator.get('/v1/messages?pageSize=1');
  await operator.get(`/v1/mypages/nobody`).catch(() => undefined);
}

/** As Grafana does, with a range that fits a test. */
const filledIn = (expr: string, service: string) =>
  expr
    .replaceAll('$__rate_interval', '5m')
    .replaceAll('$__range', '10m')
    .replaceAll('$business', '.*')
    .replaceAll('$service', service);

const answered = (samples: Sample[]) => samples.some(({ value: [, number] }) => Number.isFinite(Number(number)));

beforeAll(async () => {
  world = theWorld();
  const targets = Object.entries(world.mesh.metricsUrls).map(([service, url]) => ({
    service,
    address: new URL(url).host,
  }));
  prometheus = await Prometheus.start(
    targets,
    ruleFiles.map((file) => `${folder}/${file}`),
  );
  // A rate needs a scrape of before: the first number of a counter that is not there yet counts for nothing.
  await journey();
  await until('a scrape of everybody', 20_000, async () => {
    const up = await prometheus.query('service:up:count == 1');
    return up.length === targets.length || undefined;
  });
  await journey();
  return () => prometheus[Symbol.asyncDispose]();
});

describe('MESH-5 against a Prometheus that scrapes the mesh', () => {
  test(
    'MESH-5 every metric that a rule or a panel names is there',
    async () => {
      const made = new Set(rules.map(({ record }) => record));
      const wanted = [...rules.map(({ expr }) => expr), ...queries.map(({ expr }) => expr)].flatMap(metricsOf);
      const missing = async () => {
        const scraped = await prometheus.metricNames();
        return [...new Set(wanted)].filter((name) => !scraped.has(name) && !made.has(name));
      };
      await expect.poll(missing, patience).toEqual([]);
    },
    limit,
  );

  test.each(queries)(
    'MESH-5 $name has data',
    async ({ expr, legend }) => {
      const services = expr.includes('$service') ? serviceNames : ['none'];
      for (const service of services) {
        const query = filledIn(expr, service);
        await expect
          .poll(async () => answered(await prometheus.query(query)), { ...patience, message: query })
          .toBe(true);
        const labels = (await prometheus.query(query)).map(({ metric }) => Object.keys(metric));
        for (const [, label = ''] of legend.matchAll(/\{\{(\w+)\}\}/g)) {
          // Of the gateway's routes, the one of a request that fits none has no name.
          expect(labels.flat(), `${legend} of ${query}`).toContain(label);
        }
      }
    },
    limit,
  );

  test.each(variables)('MESH-5 there is something to choose for $name', async ({ query }) => {
    const [, match, label = ''] = /^label_values\((.*), (\w+)\)$/.exec(query) ?? [];
    expect(await prometheus.labelValues(label, match)).not.toEqual([]);
  });

  test('MESH-5 a query of something that is not there is found out', async () => {
    expect(answered(await prometheus.query('jangbu_orders_totals'))).toBe(false);
    expect(
      answered(await prometheus.query('histogram_quantile(0.9, rpc_server_call_duration_seconds_bucket{service="x"})')),
    ).toBe(false);
    await expect(prometheus.query('sum by (x')).rejects.toThrow('parse error');
  });

  test('MESH-5 what the panels say of the journey is what happened in it', async () => {
    const value = async (query: string) => Number((await prometheus.query(query))[0]?.value[1]);
    const close = (progress: string) =>
      `jangbu_close_lines{jangbu_business="${business}", jangbu_progress="${progress}"}`;
    await expect.poll(() => value(close('expected')), patience).toBe(1);
    await expect.poll(() => value(`${close('expected')} - ignoring(jangbu_progress) ${close('invoiced')}`)).toBe(0);
    await expect.poll(() => value(`sum(jangbu_invoices_total{jangbu_business="${business}"})`)).toBe(1);
    expect(await value('sum(abs(jangbu_ledger_difference))')).toBe(0);
    // Also what the first number of a series brings, which is all of it for who is invoiced once a month.
    const panel = (title: string) => {
      const { expr = '' } = queries.find(({ name }) => name.endsWith(`: ${title}`)) ?? {};
      return filledIn(expr.replaceAll('$business', business), 'none');
    };
    expect(await value(panel('Invoices issued'))).toBe(1);
    const charged = await value(`sum(jangbu_revenue_total{jangbu_business="${business}"})`);
    expect(charged).toBeGreaterThan(3_000);
    expect(await value(panel('Revenue in the time range'))).toBe(charged);
    const shop = filledIn(
      (queries.find(({ name }) => name.endsWith(': Revenue by business'))?.expr ?? '').replaceAll('$business', 'shop'),
      'none',
    );
    expect(await value(shop)).toBe(
      await value(
        'sum(jangbu_revenue_total{jangbu_business="shop", currency="KRW"}) - sum(jangbu_refunds_total{jangbu_business="shop", currency="KRW"})',
      ),
    );
    expect(await value('sum(jangbu_usage_records_total{jangbu_outcome="duplicate"})')).toBeGreaterThanOrEqual(2);
  });

  test('MESH-5 the alerts about books and services are silent when all is well', async () => {
    const alerts = await prometheus.query(
      'ALERTS{alertname=~"LedgerDifference|UsageFaults|CloseWithoutProgress|Service.*|ReplicaDown"}',
    );
    expect(alerts).toEqual([]);
  });

  test('MESH-5 a service that is away is noticed, and its return', async () => {
    const noticed = async () =>
      (await prometheus.query('ALERTS{alertname="ServiceDown"}')).map(({ metric }) => metric.service);
    await world.mesh.stopService('mypage');
    try {
      await expect.poll(noticed, { timeout: 20_000, interval: 250 }).toEqual(['mypage']);
    } finally {
      await world.mesh.startService('mypage');
    }
    await expect.poll(noticed, { timeout: 20_000, interval: 250 }).toEqual([]);
  });
});
