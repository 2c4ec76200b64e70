import { clone, create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InvoiceExplanation, LineExplanation } from '#proto/billing/v1/explanation';
import type { LineCharge } from '#proto/common/v1/line_charges';
import { TariffChangedSchema } from '#proto/rating/v1/events';
import { type Component, RoundingMode, TariffSchema } from '#proto/rating/v1/tariff';
import { Fault } from '#shared/errors/fault';
import { divideExact, type Exact, exactText, type RoundingMode as Mode, roundTo, zero } from '#shared/money/decimal';
import { randomComponents } from '#shared/pricing/testing/randomTariff';
import { Month } from '../testing/month.ts';

const tariffCount = 25;
let month: Month;
beforeAll(async () => {
  month = await Month.begin();
  await invoiceRandomMonth(month);
});
afterAll(() => month[Symbol.asyncDispose]());

/** November in one or two portions by random versions, for a line each; and what is adjusted of it on the invoices of December. */
async function invoiceRandomMonth(of: Month): Promise<void> {
  const since = { seconds: BigInt(Date.parse('2026-11-14T15:00:00Z') / 1000), nanos: 0 };
  const inits = fc.sample(fc.tuple(randomComponents, randomComponents), { numRuns: tariffCount, seed: 20261121 });
  const lines: Record<string, Parameters<Month['close']>[0][string]> = {};
  const later: typeof lines = {};
  for (const [index, [early, late]] of inits.entries()) {
    const id = `random-${index}`;
    const versions = [{ components: early }, { effectiveTime: since, components: late }];
    await of.handle(TariffChangedSchema, {
      tariff: { id, displayName: id, currency: 'KRW', taxRate: '0.07', versions },
    });
    await of.activate(id, { tariffId: id });
    const portion = (firstDay: number, lastDay: number, used: number, isLate: boolean) => ({
      ...{ tariffId: id, offeringId: 'basic', firstDay, lastDay, activeDays: lastDay - firstDay + 1 },
      ...(isLate && { tariffVersion: since }),
      totals: ['bytes', 'events'].map((metric) => ({ metric, quantity: String(used) })),
      counted: (isLate ? late : early)
        .filter(({ increment }) => increment)
        .map(({ name }) => ({ component: name ?? '', quantity: String(Math.ceil(used / 64) * 64) })),
    });
    const usedBy = (used: number) => ({
      totals: [{ metric: 'bytes', quantity: String(used + 777) }],
      portions:
        index % 2 === 0 ? [portion(1, 14, used, false), portion(15, 30, 777, true)] : [portion(1, 30, used, true)],
    });
    lines[id] = usedBy(index * 1_313);
    later[id] = usedBy(((index * 7_919) % 50_000) + 1);
  }
  lines.plain = 209_715_200n;
  await of.activate('plain');
  await of.close(lines);
  await of.invoice();
  await of.adjust(later);
  await of.close({}, '2026-12');
  await of.invoice('2026-12');
}

async function explainWhole(id: string, pageSize = 1): Promise<InvoiceExplanation> {
  const pages = [await month.explain(id, { pageSize })];
  for (let last = pages[0]; last?.nextPageToken; last = pages.at(-1)) {
    pages.push(await month.explain(id, { pageSize, pageToken: last.nextPageToken }));
  }
  const [first] = pages;
  if (!first) throw new Error('unreachable');
  return { ...first, lines: pages.flatMap(({ lines }) => lines), tariffs: pages.flatMap(({ tariffs }) => tariffs) };
}

const modes: Partial<Record<RoundingMode, Mode>> = {
  [RoundingMode.HALF_UP]: 'HALF_UP',
  [RoundingMode.HALF_EVEN]: 'HALF_EVEN',
  [RoundingMode.UP]: 'UP',
  [RoundingMode.DOWN]: 'DOWN',
};

/** A number of the contract: a decimal, or `numerator/denominator`. */
function read(text: string): Exact {
  const [, sign, numerator = '', denominator = '1'] = /^(-?)([\d.]+)(?:\/(\d+))?$/.exec(text) ?? [];
  const [whole = '', part = ''] = numerator.split('.');
  const value = divideExact(BigInt(whole + part), 10n ** BigInt(part.length)).div(BigInt(denominator));
  return sign === '-' ? value.neg() : value;
}

/** A charge's exact amount by nothing but its steps and the component's own rounding. */
function recompute({ steps }: LineCharge, component: Component | undefined): Exact {
  const sum = steps.reduce<Exact>((total, { amount }) => total.add(read(amount)), zero);
  const rounding = component?.rounding;
  if (!rounding) return sum;
  const minor = roundTo(sum, rounding.decimals, modes[rounding.mode] ?? 'HALF_UP');
  return divideExact(minor, 10n ** BigInt(rounding.decimals));
}

function componentOf(charge: LineCharge, { tariffs }: InvoiceExplanation): Component | undefined {
  const versions = tariffs.filter(({ id }) => id === charge.tariffId).flatMap(({ versions }) => versions);
  const since = charge.tariffVersion?.seconds;
  return versions
    .find(({ effectiveTime }) => effectiveTime?.seconds === since)
    ?.components.find(({ name }) => name === charge.component);
}

/** The charges of a line in whole won, by the explanation alone. */
function recomputed(line: LineExplanation, explanation: InvoiceExplanation): bigint[] {
  return line.charges.map((charge) => {
    const component = componentOf(charge, explanation);
    const exact = recompute(charge, component);
    expect(exactText(exact)).toBe(charge.exactAmount);
    const rounded = roundTo(exact, 0, 'HALF_UP');
    const isBound = component?.model.case === 'minimum' || component?.model.case === 'maximum';
    if (!isBound) return rounded;
    // A bound's line is what the others of its portion lack of the rounded bound.
    const others = line.charges.filter(
      (other) =>
        other.firstDay === charge.firstDay &&
        !['minimum', 'maximum'].includes(componentOf(other, explanation)?.model.case ?? ''),
    );
    const sum = others.reduce<Exact>((total, other) => total.add(read(other.exactAmount)), zero);
    const target = charge.exactAmount === '0' ? read(charge.steps[0]?.flat ?? '') : sum.add(exact);
    return (
      roundTo(target, 0, 'HALF_UP') - others.reduce((total, { amount }) => total + BigInt(amount?.amount ?? ''), 0n)
    );
  });
}

describe('ExplainInvoice', () => {
  it('IOT-9 recomputing from the explanation gives every amount of the invoices to the last digit', async () => {
    const invoices = await month.invoices();
    expect(invoices.filter(({ period }) => period === '2026-11')).toHaveLength(tariffCount + 1);
    for (const invoice of invoices) {
      const explanation = await explainWhole(invoice.id);
      const own = explanation.lines.filter(({ adjustment }) => !adjustment);
      const charges = own.flatMap((line) => recomputed(line, explanation));
      expect(charges).toEqual(invoice.lines.filter((line) => !line.adjustedPeriod).map(({ amount }) => amount));
      expect(own.flatMap(({ charges }) => charges.map(({ amount }) => amount?.amount))).toEqual(charges.map(String));
      // An adjustment is what the month comes to now less what it was charged before.
      const adjusted = explanation.lines
        .filter(({ adjustment }) => adjustment)
        .map((line) => {
          const now = recomputed(line, explanation).reduce((sum, amount) => sum + amount, 0n);
          expect(String(now)).toBe(line.amount?.amount);
          return now - BigInt(line.amountBefore?.amount ?? '');
        });
      const subtotal = [...charges, ...adjusted].reduce((sum, amount) => sum + amount, 0n);
      expect(subtotal).toBe(invoice.subtotal);
      const tax = explanation.taxes.reduce((sum, { exactTax }) => sum + roundTo(read(exactTax), 0, 'HALF_UP'), 0n);
      expect(tax).toBe(invoice.tax);
      expect(explanation.total?.amount).toBe(String(invoice.total));
    }
  });

  it('IOT-9 says what a plain line was priced from, its one portion filled in, whatever is known since', async () => {
    const invoice = (await month.invoices()).find(({ lines }) => lines[0]?.lineId === 'plain');
    const before = await month.explain(invoice?.id ?? '');
    expect(before).toMatchObject({ daysInPeriod: 30, timeZone: 'Asia/Seoul', period: '2026-11', nextPageToken: '' });
    expect(before.lines).toMatchObject([
      {
        usage: { portions: [{ tariffId: 'basic', firstDay: 1, lastDay: 30, activeDays: 30 }] },
        charges: [
          { component: 'Monthly fee' },
          { component: 'Data', steps: [{ kind: 'allowance' }, { kind: 'unit' }] },
        ],
        amount: { amount: '11950' },
      },
    ]);
    // A version that is in force since the middle of the month comes to be known afterwards.
    const [tariff] = before.tariffs;
    const backDated = clone(TariffSchema, tariff ?? create(TariffSchema));
    backDated.versions.push(
      ...create(TariffSchema, {
        versions: [
          { effectiveTime: { seconds: 1_794_000_000n }, components: before.tariffs[0]?.versions[0]?.components ?? [] },
        ],
      }).versions,
    );
    await month.handle(TariffChangedSchema, { tariff: backDated });
    expect(await month.explain(invoice?.id ?? '')).toEqual(before);
  });

  it('IOT-9 answers one line with a page of its usage records, and hands the page token through', async () => {
    const invoice = (await month.invoices()).find(({ lines }) => lines[0]?.lineId === 'plain');
    const asked: Record<string, unknown>[] = [];
    const records = (request: Record<string, unknown>) => {
      asked.push(request);
      return { usageRecords: [{ recordId: 'r-1', fileId: 'f', fileLine: 2n }], nextPageToken: 'next' };
    };
    const page = { lineId: 'plain', pageSize: 7, pageToken: 'mine' };
    const explanation = await month.explain(invoice?.id ?? '', page, records);
    expect(explanation).toMatchObject({ usageRecords: [{ recordId: 'r-1' }], nextPageToken: 'next' });
    expect(explanation.lines).toHaveLength(1);
    expect(asked).toEqual([{ ...page, period: '2026-11' }]);

    await expect(month.explain(invoice?.id ?? '', { lineId: 'random-1' }, records)).rejects.toMatchObject({
      reason: 'LINE_NOT_FOUND',
    });
    const down = () => {
      throw new Fault('DEPENDENCY_UNAVAILABLE');
    };
    await expect(month.explain(invoice?.id ?? '', page, down)).rejects.toMatchObject({
      reason: 'DEPENDENCY_UNAVAILABLE',
    });
  });

  it('asks for the records of the adjusted month where a line is only adjusted', async () => {
    const invoice = (await month.invoices()).find(({ period }) => period === '2026-12');
    const lineId = invoice?.lines[0]?.lineId ?? '';
    const asked: unknown[] = [];
    const explanation = await month.explain(invoice?.id ?? '', { lineId }, (request) => {
      asked.push(request.period);
      return { usageRecords: [], nextPageToken: '' };
    });
    expect(explanation.lines).toMatchObject([{ lineId, period: '2026-11', adjustment: true }]);
    expect(asked).toEqual(['2026-11']);
  });

  it('refuses a page token of elsewhere', async () => {
    const [invoice] = await month.invoices();
    for (const keys of [['x', 'y'], ['line'], ['line', 'a', 'b']]) {
      const pageToken = Buffer.from(JSON.stringify(keys)).toString('base64url');
      await expect(month.explain(invoice?.id ?? '', { pageToken })).rejects.toMatchObject({
        reason: 'PAGE_TOKEN_INVALID',
      });
    }
  });
});
