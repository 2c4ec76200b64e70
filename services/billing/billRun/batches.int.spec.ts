import { fromBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BillRunCompletedSchema, InvoiceIssuedSchema } from '#proto/billing/v1/events';
import { TariffChangedSchema } from '#proto/rating/v1/events';
import { randomComponents } from '#shared/pricing/testing/randomTariff';
import { chargeLine } from '../domain/chargeLine.ts';
import { readTariffs } from '../store/copies.ts';
import { Month, type MovedLineInit } from '../testing/month.ts';
import { announceInvoices } from './announceInvoices.ts';
import { Preparing } from './prepareBatch.ts';
import { stepBillRun } from './stepBillRun.ts';

const run = 'iot-2026-11';
const plan = { offeringId: 'basic', tariffId: 'basic' };
const november = { month: '2026-11', zone: 'Asia/Seoul' };
const issued = (month: Month) => month.events('InvoiceIssued', (body) => fromBinary(InvoiceIssuedSchema, body));
const completed = (month: Month) =>
  month.events('BillRunCompleted', (body) => fromBinary(BillRunCompletedSchema, body));

/** Lines of a few customers, those of one on one account. */
async function fleet(month: Month, customers: number, linesEach: number): Promise<MovedLineInit[]> {
  const lines: MovedLineInit[] = [];
  for (let customer = 0; customer < customers; customer++) {
    const customerId = `customer-${customer}`;
    let accountId = '';
    for (let line = 0; line < linesEach; line++) {
      const lineId = `line-${line}-${customer}`;
      await month.activate(lineId, { customerId, accountId });
      lines.push({ lineId, customerId, bytes: BigInt(line) * 104_857_600n, plan });
      const { rows } = await month.database.query('select account_id from charge_accounts where line_id = $1', [
        lineId,
      ]);
      accountId = rows[0].account_id;
    }
  }
  return lines;
}

const lineIdsOf = (lines: readonly { lineId: string }[]) => lines.map(({ lineId }) => lineId).toSorted();

describe('a bill run over batches', () => {
  it('IOT-9 charges lines by their plans what the pricers charge them, in the same words, and explains it', async () => {
    await using month = await Month.begin();
    const lines: MovedLineInit[] = [];
    const samples = fc.sample(
      fc.record({
        components: randomComponents,
        used: fc.oneof(fc.bigInt(0n, 600n), fc.bigInt(0n, 2n ** 40n), fc.bigInt(10n ** 14n, 10n ** 15n)),
        records: fc.bigInt(0n, 100n),
        activeDays: fc.integer({ min: 0, max: 30 }),
      }),
      { numRuns: 60, seed: 20_261_121 },
    );
    for (const [index, { components, used, records, activeDays }] of samples.entries()) {
      const id = `random-${index}`;
      await month.handle(TariffChangedSchema, {
        tariff: { id, displayName: id, currency: 'KRW', taxRate: '0.07', versions: [{ components }] },
      });
      const customerId = `customer-${index % 7}`;
      await month.activate(id, { tariffId: id, customerId });
      const own = { offeringId: 'basic', tariffId: id };
      lines.push({ lineId: id, customerId, bytes: used, records, activeDays, plan: own });
    }
    // Increments and times of day are counted record by record: rating hands such lines over with portions.
    const whole = lines.filter((_, index) => !samples[index]?.components.some(({ increment }) => increment));
    expect(whole.length).toBeGreaterThan(15);
    await month.handOver(whole, { perBatch: 9 });
    await month.endHandOver(whole.length);
    await month.invoice();

    const invoices = await month.invoices();
    const tariffs = await readTariffs(
      month.database,
      whole.map(({ lineId }) => lineId),
    );
    for (const { lineId, bytes, records = 0n, activeDays = 0 } of whole) {
      const totals = { bytes: String(bytes), events: String(records) };
      const portion = { ...plan, tariffId: lineId, tariffVersion: undefined, firstDay: 1, lastDay: 30, activeDays };
      const expected = chargeLine(
        {
          ...{ lineId, serviceNumber: '', usageBytes: 0n, totals, portions: [{ ...portion, totals, counted: {} }] },
          ...{ changes: [], activatedWith: { ...plan, since: undefined }, offerings: [] },
        },
        tariffs,
        november,
      );
      const invoice = invoices.find(
        ({ accountId, lines: own }) => accountId && own.some((line) => line.lineId === lineId),
      );
      const charges = (invoice?.lines ?? [])
        .filter((line) => line.lineId === lineId)
        .map(({ lineId: _, serviceNumber: __, adjustedPeriod: ___, ...charge }) => charge);
      expect(charges).toEqual(expected.charges);
      if (!invoice) continue;
      const { lines: explained, total } = await month.explain(invoice.id);
      expect(explained.find((line) => line.lineId === lineId)?.amount?.amount).toBe(String(expected.subtotal));
      expect(total?.amount).toBe(String(invoice.total));
    }
  });

  it('IOT-10 begins with the first batch, goes on as they come, and completes behind the last one', async () => {
    await using month = await Month.begin();
    const lines = await fleet(month, 4, 3);
    const process = month.freshProcess();
    const preparing = new Preparing(process);
    await month.handOver(lines.slice(0, 6), { perBatch: 3 });
    expect(await stepBillRun(process, run, preparing)).toBe('progressed');
    expect(await stepBillRun(process, run, preparing)).toBe('progressed');
    expect(await stepBillRun(process, run, preparing)).toBe('waiting');
    expect(await month.invoices()).toHaveLength(2);
    await month.handOver(lines.slice(6), { perBatch: 3 });
    await month.endHandOver(lines.length);
    while ((await stepBillRun(process, run, preparing)) === 'progressed');
    expect(await completed(month)).toMatchObject([{ invoices: 4n, lines: 12n, usageBytes: 4n * 3n * 104_857_600n }]);
    expect((await month.invoices()).map(({ number }) => number)).toEqual([1n, 2n, 3n, 4n]);
  });

  it('IOT-10 goes on after a kill between any two batches, and tells each invoice once, in the order of the numbers', async () => {
    await using month = await Month.begin();
    const lines = await fleet(month, 9, 2);
    await month.handOver(lines, { perBatch: 4 });
    await month.endHandOver(lines.length);
    // when every step is done by a process of its own, and every second one fails before it commits
    for (let step = 0; step < 30; step++) {
      const clock = { now: () => month.clock.now() };
      if (step % 2 === 0) {
        clock.now = () => {
          throw new Error('killed');
        };
      }
      await stepBillRun(month.freshProcess({ clock }), run).catch(() => {});
    }
    await Promise.all(
      [1, 2, 3].map(async () => {
        const { database } = month.freshProcess();
        while ((await announceInvoices(database)) === 'more');
      }),
    );
    await month.announce();
    const events = await issued(month);
    expect(events.map(({ invoice }) => invoice?.number)).toEqual(
      Array.from({ length: 9 }, (_, index) => `IOT-${String(index + 1).padStart(8, '0')}`),
    );
    expect(lineIdsOf(events.flatMap(({ invoicedLines }) => invoicedLines))).toEqual(lineIdsOf(lines));
    expect(await completed(month)).toMatchObject([{ invoices: 9n, lines: 18n }]);
  });

  it('cuts a customer with more lines than a batch, and an account with more than an invoice holds', async () => {
    await using month = await Month.begin();
    const lines = await fleet(month, 2, 11);
    await month.handOver(lines, { perBatch: 5 });
    await month.endHandOver(lines.length);
    await month.invoice('2026-11', { batchLines: 3 });
    const { rows } = await month.database.query(
      `select account_id, array_agg(part order by part) as parts, sum(service_lines)::int as lines, max(service_lines) as most
       from invoices group by account_id`,
    );
    expect(rows.map(({ lines: own, most }) => [own, most])).toEqual([
      [11, 3],
      [11, 3],
    ]);
    for (const { parts } of rows) expect(parts).toEqual(parts.map((_: number, index: number) => index + 1));
    expect(lineIdsOf((await issued(month)).flatMap(({ invoicedLines }) => invoicedLines))).toEqual(lineIdsOf(lines));
  });

  it('IOT-13 what a line was charged is looked for on the invoices of its batch, and on all of its account where it is not there', async () => {
    await using month = await Month.begin();
    const lines = await fleet(month, 1, 11);
    await month.handOver(lines, { perBatch: 5 });
    await month.endHandOver(lines.length);
    await month.invoice('2026-11', { batchLines: 3 });
    const { database } = month;
    await database.query('create table whole as select id, body from invoices');
    await database.query("update invoices set body = '\\xff' where batch <> 1");
    const asBefore = { 'line-0-0': 0n, 'line-10-0': 10n * 104_857_600n };
    expect(await month.adjust(asBefore)).toEqual([]);
    await expect(month.adjust({ 'line-9-0': 9n * 104_857_600n })).rejects.toThrow();
    await database.query('update invoices set body = whole.body from whole where whole.id = invoices.id');
    for (const batch of [3, null]) {
      await database.query('update invoices set batch = $1', [batch]);
      expect(await month.adjust({ ...asBefore, 'line-9-0': 9n * 104_857_600n })).toEqual([]);
    }
  });

  it('waits for the order of a line in a batch, and for one that never comes only so long', async () => {
    await using month = await Month.begin();
    const lines = ['a', 'b', 'c'].map((lineId) => ({ lineId, customerId: 'farm', bytes: 1n, plan }));
    await month.activate('a');
    await month.handOver(lines);
    await month.endHandOver(3);
    const patient = month.freshProcess();
    const preparing = new Preparing(patient);
    expect(await stepBillRun(patient, run, preparing)).toBe('progressed');
    expect(await stepBillRun(patient, run, preparing)).toBe('waiting');
    await month.activate('b');
    expect(await stepBillRun(patient, run, preparing)).toBe('waiting');
    await month.invoice('2026-11', { patienceMs: 0 });
    expect(await completed(month)).toMatchObject([{ lines: 2n }]);
  });

  it('IOT-8 refuses a batch that comes twice, one that reaches into another, and lines out of their order', async () => {
    await using month = await Month.begin();
    const line = (lineId: string) => ({ lineId, customerId: 'farm', bytes: 1n });
    const event = (batch: number, ...ids: string[]) => ({
      ...{ periodId: run, business: 'iot', period: '2026-11', batch },
      lines: ids.map((lineId) => ({ lineId, customerId: 'farm' })),
    });
    const { UsageMovedSchema } = await import('#proto/rating/v1/events');
    await month.handOver([line('b'), line('d')]);
    await expect(month.handle(UsageMovedSchema, event(1, 'x'))).rejects.toThrow(/duplicate key/);
    await expect(month.handle(UsageMovedSchema, event(2, 'c', 'e'))).rejects.toMatchObject({
      reason: 'EVENT_MALFORMED',
    });
    await expect(month.handle(UsageMovedSchema, event(2, 'f', 'e'))).rejects.toMatchObject({
      reason: 'EVENT_MALFORMED',
    });
    await expect(month.handle(UsageMovedSchema, event(2, 'e', 'e'))).rejects.toMatchObject({
      reason: 'EVENT_MALFORMED',
    });
    await month.handle(UsageMovedSchema, event(2, 'e', 'f'));
  });

  it('IOT-10 sends an invoice where the first of its lines says that has an address of its own', async () => {
    await using month = await Month.begin();
    await month.activate('plain');
    const { rows } = await month.database.query('select account_id from charge_accounts');
    const accountId = rows[0].account_id;
    await month.activate('second', { accountId, email: 'second@example.com' });
    await month.activate('third', { accountId, email: 'third@example.com' });
    await month.handOver(
      ['plain', 'second', 'third'].map((lineId) => ({ lineId, customerId: 'farm', bytes: 1n, plan })),
    );
    await month.endHandOver(3);
    await month.invoice();
    expect(await month.invoices()).toMatchObject([{ email: 'second@example.com', address: 'Naju 1' }]);
  });
});
