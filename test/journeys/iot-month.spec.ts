import { fromBinary } from '@bufbuild/protobuf';
import { beforeAll, describe, expect, test } from 'vitest';
import { UsageMovedSchema } from '#proto/rating/v1/events';
import { mailsOf } from '../../deploy/local/sample/closeMonth.ts';
import { APNS } from '../../deploy/local/sample/fleet.ts';
import type { Invoice, Line, Period, Settlement } from '../../deploy/local/sample/resources.ts';
import { until } from '../../deploy/local/sample/until.ts';
import { type BilledMonth, billedMonth, DAYS, LIVES, PLAN } from './billedMonth.ts';
import { dataFor, feeFor, halfUp } from './bills.ts';
import { activeLine, change, csv, MONTH, moment, record, upload } from './business.ts';
import { eventsOn } from './events.ts';
import { request } from './http.ts';
import { theWorld, type World } from './world.ts';

/** The local mesh sends every business's settlement there. */
const DEPARTMENT = 'settlement@jangbu.example';

let world: World;
let business: BilledMonth['business'];
let customers: BilledMonth['customers'];
let lines: BilledMonth['lines'];
let totals: BilledMonth['totals'];
let imported: BilledMonth['imported'];
let closed: BilledMonth['closed'];

beforeAll(async () => {
  world = theWorld();
  ({ business, customers, lines, totals, imported, closed } = await billedMonth(world));
}, 120_000);

function invoiceOf(line: Line): Invoice {
  const invoice = closed.invoices.find(({ lines: charges }) => charges?.some(({ lineId }) => lineId === line.id));
  if (invoice === undefined) throw new Error(`no invoice charges ${line.serviceNumber}`);
  return invoice;
}

test('IOT-6 the independent count of the raw file agrees with the import', () => {
  expect(BigInt(imported.ratedBytes ?? '0')).toBe([...totals.values()].reduce((sum, bytes) => sum + bytes, 0n));
});

describe('IOT-8 close', () => {
  test('IOT-8 every line’s total is handed to billing exactly once', async () => {
    const events = await eventsOn(world.natsUrl, 'rating', `jangbu.rating.period.*.v1.${business.name}-${MONTH}`);
    const names = events.map(({ name }) => name);
    expect(names.at(-1)).toBe('PeriodClosed');
    expect(names.filter((name) => name === 'PeriodClosed')).toHaveLength(1);
    const moved = events
      .filter(({ name }) => name === 'UsageMoved')
      .flatMap(({ data }) => fromBinary(UsageMovedSchema, data).lines);
    expect(moved.map(({ lineId }) => lineId).sort()).toEqual(lines.map(({ id }) => id).sort());
    for (const { lineId, totals: byMetric } of moved) {
      const line = lines.find(({ id }) => id === lineId);
      const bytes = byMetric.find(({ metric }) => metric === 'bytes')?.quantity ?? '0';
      expect(BigInt(bytes)).toBe(totals.get(line?.serviceNumber ?? '') ?? 0n);
    }
  });

  test('IOT-8 the closed month shows its figures; closing again answers the same and changes nothing', async () => {
    const invoiced = await until('rating to count the invoices', 15_000, async () => {
      const period = await world.operator.get<Period>(`/v1/periods/${MONTH}?business=${business.name}`);
      return period.invoiced === '3' ? period : undefined;
    });
    expect(invoiced).toMatchObject({ state: 'PERIOD_STATE_CLOSED', lines: '8', moved: '8' });
    const again = await world.operator.post<Period>(`/v1/periods/${MONTH}:close`, { business: business.name });
    expect(again).toEqual(invoiced);
    const invoices = await world.operator.list<Invoice>(`/v1/invoices?business=${business.name}`, 'invoices');
    expect(invoices).toHaveLength(3);
  });

  test('IOT-8 the period is locked: no line is activated into it, none is changed in it, and a future one cannot be closed', async () => {
    const customerId = customers[0]?.id ?? '';
    await expect(
      activeLine(world.operator, { customerId, offeringId: business.offeringId, activateTime: moment(MONTH, 20) }),
    ).rejects.toThrow(/FAILED PERIOD_CLOSED|PERIOD_CLOSED/);
    const order = await change(world.operator, lines[0]?.id ?? '', 'terminate', moment(MONTH, 20));
    expect(order).toMatchObject({ state: 'ORDER_STATE_FAILED', stateReason: 'PERIOD_CLOSED' });
    expect(await world.operator.get(`/v1/lines/${lines[0]?.id}`)).toMatchObject({ state: 'LINE_STATE_ACTIVE' });
    await expect(world.operator.post('/v1/periods/2099-01:close', { business: business.name })).rejects.toMatchObject({
      reason: 'PERIOD_NOT_STARTED',
    });
  });
});

describe('IOT-9 charges', () => {
  test.each(LIVES.map((life, index) => [life.name, life.days, index] as const))(
    'IOT-9 fee by days and data by tiers, computed a second time: %s',
    (_name, days, index) => {
      const line = lines[index];
      if (line === undefined) throw new Error('no line');
      const charges = invoiceOf(line).lines?.filter(({ lineId }) => lineId === line.id) ?? [];
      const amountOf = (component: string) =>
        charges
          .filter((each) => each.component === component)
          .reduce((sum, { amount }) => sum + BigInt(amount.amount), 0n);
      expect({ fee: amountOf('fee'), data: amountOf('data') }).toEqual({
        fee: feeFor(PLAN, days, DAYS),
        data: dataFor(PLAN, totals.get(line.serviceNumber) ?? 0n),
      });
    },
  );

  test('IOT-9 the test is worth something: some lines pass the allowance and a tier’s bound, and some do not', () => {
    const data = lines.map(({ serviceNumber: number }) => totals.get(number) ?? 0n);
    expect(data.some((bytes) => bytes > 150n * 1_048_576n)).toBe(true);
    expect(data.some((bytes) => bytes <= PLAN.allowanceBytes)).toBe(true);
  });

  test('IOT-9 subtotal is the sum of the lines, tax is 10 % of it rounded once, total is both', () => {
    for (const invoice of closed.invoices) {
      const subtotal = invoice.lines?.reduce((sum, { amount }) => sum + BigInt(amount.amount), 0n) ?? 0n;
      expect(invoice.subtotal).toEqual({ currency: 'KRW', amount: String(subtotal) });
      expect(invoice.tax).toEqual({ currency: 'KRW', amount: String(halfUp(subtotal, 10n)) });
      expect(invoice.total).toEqual({ currency: 'KRW', amount: String(subtotal + halfUp(subtotal, 10n)) });
    }
  });
});

describe('IOT-10 invoices', () => {
  test('IOT-10 numbers have no gap and begin at one for each business', () => {
    const numbers = closed.invoices.map(({ number }) => number);
    expect(numbers.map((number) => Number(/(\d+)$/.exec(number)?.[1]))).toEqual([1, 2, 3]);
    for (const number of numbers) expect(number.toLowerCase()).toContain(business.name);
  });

  test('IOT-10 the PDF is the same every time, and is the owner’s only', async () => {
    const [invoice] = closed.invoices;
    const path = `${world.gatewayUrl}/v1/invoices/${invoice?.id}/document`;
    const own = await world.token('customer', invoice?.customerId);
    const first = await request(path, { token: own });
    expect(first.status).toBe(200);
    expect(first.headers.get('content-type')).toBe('application/pdf');
    expect(first.bytes.subarray(0, 5).toString('latin1')).toBe('%PDF-');
    expect(first.bytes.subarray(-32).toString('latin1')).toContain('%%EOF');
    // The text itself is compressed; the title is not.
    expect(first.bytes.toString('latin1')).toContain(`(Invoice ${invoice?.number})`);
    const second = await request(path, { token: own });
    expect(second.bytes.equals(first.bytes)).toBe(true);
    const stranger = await world.token('customer', customers.find(({ id }) => id !== invoice?.customerId)?.id);
    expect(await request(path, { token: stranger })).toMatchObject({ status: 404, reason: 'INVOICE_NOT_FOUND' });
  });

  test('IOT-10 each customer gets one mail with the PDF', async () => {
    await mailsOf(world.operator, { business: business.name, month: MONTH, invoices: closed.invoices });
    const token = await world.token('operator');
    for (const invoice of closed.invoices) {
      const to = customers.find(({ id }) => id === invoice.customerId)?.email ?? '';
      const mails = await until(`the mail to ${to}`, 20_000, async () => {
        const found = await world.mailsTo(to);
        return found.length > 0 ? found : undefined;
      });
      expect(mails).toHaveLength(1);
      const [mail] = mails;
      expect(mail?.subject).toContain(invoice.number);
      const attachment = mail?.contents.find(({ contentType }) => contentType === 'application/pdf');
      const document = await request(`${world.gatewayUrl}/v1/invoices/${invoice.id}/document`, { token });
      expect(attachment?.content.equals(document.bytes)).toBe(true);
    }
  });
});

describe('IOT-11 settlement', () => {
  test('IOT-11 the totals are those of the usage and of the invoices, and the books agree', () => {
    const { settlement, invoices } = closed;
    const sum = (pick: (invoice: Invoice) => string) =>
      String(invoices.reduce((total, invoice) => total + BigInt(pick(invoice)), 0n));
    const bytes = String([...totals.values()].reduce((total, each) => total + each, 0n));
    expect(settlement.state).toBe('SETTLEMENT_STATE_SETTLED');
    expect(settlement.differences ?? []).toEqual([]);
    expect(settlement).toMatchObject({
      totalUsageBytes: bytes,
      totalCharges: { currency: 'KRW', amount: sum(({ subtotal }) => subtotal.amount) },
      totalTax: { currency: 'KRW', amount: sum(({ tax }) => tax.amount) },
      totalInvoiced: { currency: 'KRW', amount: sum(({ total }) => total.amount) },
      invoices: '3',
      lines: '8',
      customers: '3',
    });
    expect(settlement.products).toMatchObject([
      { offeringId: business.offeringId, lines: '8', usageBytes: bytes, charges: settlement.totalCharges },
    ]);
  });

  test('IOT-11 per customer', async () => {
    const path = `/v1/settlements/${MONTH}/customers?business=${business.name}`;
    const sums = await world.operator.list<{ customerId: string; usageBytes?: string; charges: { amount: string } }>(
      path,
      'customerSettlements',
    );
    expect(sums.map(({ customerId }) => customerId)).toEqual(customers.map(({ id }) => id).sort());
    for (const { customerId, usageBytes, charges } of sums) {
      const own = lines.filter((line) => line.customerId === customerId);
      const bytes = own.reduce((total, line) => total + (totals.get(line.serviceNumber) ?? 0n), 0n);
      expect(BigInt(usageBytes ?? '0')).toBe(bytes);
      expect(charges).toEqual(closed.invoices.find((invoice) => invoice.customerId === customerId)?.subtotal);
    }
  });
});

test('IOT-12 the settlement goes to the business department by mail, as PDF and CSV', async () => {
  const [mail, ...more] = await until('the department’s mail', 20_000, async () => {
    const found = await world.mailsTo(DEPARTMENT);
    const departments = found.filter(({ subject }) => subject.includes(business.name));
    return departments.length > 0 ? departments : undefined;
  });
  expect(more).toEqual([]);
  const types = mail?.contents.map(({ contentType }) => contentType.split(';')[0]).sort();
  expect(types).toEqual(['application/pdf', 'text/csv']);
  const csvFile =
    mail?.contents.find(({ contentType }) => contentType.startsWith('text/csv'))?.content.toString() ?? '';
  expect(csvFile).toContain(business.offeringId);
  const token = await world.token('operator');
  const base = `${world.gatewayUrl}/v1/settlements/${MONTH}/document?business=${business.name}`;
  const pdf = await request(base, { token });
  expect(pdf.headers.get('content-type')).toBe('application/pdf');
  const download = await request(`${base}&format=DOCUMENT_FORMAT_CSV`, { token });
  expect(download.text).toBe(csvFile);
});

test('IOT-13 usage that comes after the close is kept as late, and the closed month does not change', async () => {
  const line = lines[0];
  if (line === undefined) throw new Error('no line');
  const before = await world.operator.get<Settlement>(`/v1/settlements/${MONTH}?business=${business.name}`);
  const late = record(line, 77).replace('test.iot.kr', APNS.tracker);
  const file = await upload(world.operator, business, csv([late]), 'late.csv');
  expect(file).toMatchObject({ recordsRead: '1', late: '1' });
  expect(Number(file.rated ?? 0)).toBe(0);
  expect(await upload(world.operator, business, csv([late]), 'late-again.csv')).toMatchObject({ duplicate: '1' });
  const records = await world.operator.list<{ outcome: string; bytesUp: string }>(
    `/v1/usageRecords?lineId=${line.id}&period=${MONTH}`,
    'usageRecords',
  );
  expect(records.filter(({ outcome }) => outcome === 'USAGE_OUTCOME_LATE')).toMatchObject([{ bytesUp: '77' }]);
  expect(await world.operator.get(`/v1/lines/${line.id}/usage?period=${MONTH}`)).toMatchObject({
    totalBytes: String(totals.get(line.serviceNumber)),
  });
  expect(await world.operator.get<Settlement>(`/v1/settlements/${MONTH}?business=${business.name}`)).toEqual(before);
});
