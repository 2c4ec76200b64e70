import { fromBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SettlementCompletedSchema } from '#proto/settlement/v1/events';
import { type Settlement, SettlementState } from '#proto/settlement/v1/settlement';
import { getSettlement } from './rpc/getSettlement.ts';
import { Bench, billRunCompleted, invoice, periodClosed, type Sent } from './testing.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.open();
});
afterAll(() => bench[Symbol.asyncDispose]());
beforeEach(() =>
  bench.database.query(
    'truncate settlements, settlement_totals, settlement_products, settlement_customers, outbox restart identity',
  ),
);

const month: Sent[] = [
  invoice('kim', [
    ['tracker', 10n, 1_000n],
    ['tracker', 0n, 500n],
    ['meter', 7n, 300n],
  ]),
  invoice('lee', [['meter', 5n, 200n]]),
  invoice('park', [['tracker', 2n ** 40n, 0n]]),
  billRunCompleted(3n, 5n, 2n ** 40n + 22n, 2_000n),
  periodClosed({
    lines: 5n,
    usageBytes: 2n ** 40n + 22n,
    offerings: [
      { offeringId: 'tracker', lines: 3n, usageBytes: 2n ** 40n + 10n },
      { offeringId: 'meter', lines: 2n, usageBytes: 12n },
    ],
  }),
];

const current = (): Promise<Settlement> =>
  getSettlement(bench.database)({ business: 'iot', period: '2026-11' } as never);
const completed = async () => (await bench.emitted()).map((body) => fromBinary(SettlementCompletedSchema, body));

function* orders<T>(items: T[]): Generator<T[]> {
  if (items.length === 0) yield [];
  for (const [index, item] of items.entries()) {
    for (const rest of orders(items.toSpliced(index, 1))) yield [item, ...rest];
  }
}

describe('IOT-11 settling', () => {
  test('in every order of the five events the same month is settled, once, by the last of them', async () => {
    const outcomes = new Set<string>();
    for (const order of orders(month)) {
      await bench.database.query(
        'truncate settlements, settlement_totals, settlement_products, settlement_customers, outbox restart identity',
      );
      await bench.handle(...order.slice(0, -1));
      expect((await current()).state).toBe(SettlementState.OPEN);
      expect(await completed()).toEqual([]);
      await bench.handle(...order.slice(-1));
      const events = await completed();
      expect(events).toHaveLength(1);
      expect(events[0]?.settlement).toEqual(await current());
      outcomes.add(JSON.stringify(events[0], (_key, value) => (typeof value === 'bigint' ? `${value}n` : value)));
    }
    expect(outcomes.size).toBe(1);
  });

  test('volumes whose sum no int64 holds are shown as the largest by every book, so they agree', async () => {
    const [half, most] = [2n ** 62n, 2n ** 63n - 1n];
    await bench.handle(
      invoice('kim', [['tracker', half, 1_000n]]),
      invoice('lee', [['tracker', half, 1_000n]]),
      billRunCompleted(2n, 2n, most, 2_000n),
      periodClosed({
        lines: 2n,
        usageBytes: most,
        offerings: [{ offeringId: 'tracker', lines: 2n, usageBytes: most }],
      }),
    );
    expect(await current()).toMatchObject({ state: SettlementState.SETTLED, totalUsageBytes: most });
    expect(await completed()).toHaveLength(1);
  });

  test('the sums are those of the invoices, and the department is named', async () => {
    await bench.handle(...month);
    const [event] = await completed();
    expect(event).toMatchObject({ settlementId: 'iot-2026-11', departmentEmail: 'iot-dept@jangbu.example' });
    expect(await current()).toMatchObject({
      state: SettlementState.SETTLED,
      invoices: 3n,
      lines: 5n,
      customers: 3n,
      totalUsageBytes: 2n ** 40n + 22n,
      totalCharges: { currency: 'KRW', amount: '2000' },
      totalTax: { currency: 'KRW', amount: '200' },
      totalInvoiced: { currency: 'KRW', amount: '2200' },
      products: [
        { offeringId: 'meter', lines: 2n, usageBytes: 12n, charges: { currency: 'KRW', amount: '500' } },
        { offeringId: 'tracker', lines: 3n, usageBytes: 2n ** 40n + 10n, charges: { currency: 'KRW', amount: '1500' } },
      ],
      differences: [],
    });
  });

  test('IOT-13 adjustments of an earlier month are charges of the month, and their volume is not the month’s', async () => {
    await bench.handle(
      invoice('kim', [['tracker', 10n, 1_000n]], '2026-11', [
        ['tracker', 5n, 100n],
        ['gone', -7n, -3_000n],
      ]),
      // Nothing but a credit.
      invoice('lee', [], '2026-11', [['meter', -1n, -500n]]),
      billRunCompleted(2n, 1n, 10n, -2_400n),
      periodClosed({ lines: 1n, usageBytes: 10n, offerings: [{ offeringId: 'tracker', lines: 1n, usageBytes: 10n }] }),
    );
    const sums = (charges: string, adjustmentCharges: string) => ({
      charges: { currency: 'KRW', amount: charges },
      adjustmentCharges: { currency: 'KRW', amount: adjustmentCharges },
    });
    expect(await current()).toMatchObject({
      state: SettlementState.SETTLED,
      totalUsageBytes: 10n,
      totalCharges: { amount: '-2400' },
      totalTax: { amount: '-240' },
      products: [
        { offeringId: 'gone', lines: 0n, usageBytes: 0n, adjustmentUsageBytes: -7n, ...sums('-3000', '-3000') },
        { offeringId: 'meter', lines: 0n, usageBytes: 0n, adjustmentUsageBytes: -1n, ...sums('-500', '-500') },
        { offeringId: 'tracker', lines: 1n, usageBytes: 10n, adjustmentUsageBytes: 5n, ...sums('1100', '100') },
      ],
      differences: [],
    });
  });

  test('a month without lines is settled with zeros', async () => {
    await bench.handle(billRunCompleted(0n, 0n, 0n, 0n), periodClosed({ lines: 0n, usageBytes: 0n }));
    expect(await current()).toMatchObject({ state: SettlementState.SETTLED, invoices: 0n, totals: [] });
  });

  test('a byte that rating handed over and no invoice has is a difference', async () => {
    await bench.handle(...month.slice(0, 4));
    await bench.handle(periodClosed({ lines: 5n, usageBytes: 2n ** 40n + 23n }));
    const settlement = await current();
    expect(settlement.state).toBe(SettlementState.DIFFERENCE);
    expect(settlement.differences[0]).toMatchObject({
      figure: 'usageBytes',
      source: 'rating',
      expected: '1099511627799',
      actual: '1099511627798',
    });
    expect(await completed()).toHaveLength(1);
  });

  test('an invoice after the settlement turns it into a difference, reported once; more of them only show in it', async () => {
    await bench.handle(...month, invoice('choi', [['meter', 1n, 10n]]), invoice('choi', [['meter', 1n, 10n]]));
    const settlement = await current();
    expect(settlement.state).toBe(SettlementState.DIFFERENCE);
    expect(settlement.differences).toContainEqual(
      expect.objectContaining({ figure: 'invoices', source: 'billing', expected: '3', actual: '5' }),
    );
    expect(settlement.differences).toContainEqual(
      expect.objectContaining({ figure: 'subtotal', expected: '2000 KRW', actual: '2020 KRW' }),
    );
    expect((await completed()).map(({ settlement }) => settlement?.state)).toEqual([
      SettlementState.SETTLED,
      SettlementState.DIFFERENCE,
    ]);
  });

  test('a corrected figure of another book can make the month agree again', async () => {
    await bench.handle(...month.slice(0, 3), billRunCompleted(3n, 5n, 0n, 2_000n), ...month.slice(4));
    expect((await current()).state).toBe(SettlementState.DIFFERENCE);
    await bench.handle(...month.slice(3, 4));
    expect((await current()).state).toBe(SettlementState.SETTLED);
  });

  test('both sources at once: whoever comes second sees what the first has stored', async () => {
    for (let round = 0; round < 20; round++) {
      await bench.database.query('truncate settlements, outbox');
      await Promise.all([
        bench.handle(billRunCompleted(0n, 0n, 0n, 0n)),
        bench.handle(periodClosed({ lines: 0n, usageBytes: 0n })),
      ]);
      expect((await current()).state).toBe(SettlementState.SETTLED);
      expect(await completed()).toHaveLength(1);
    }
  });

  test('an invoice that contradicts itself is refused whole and adds nothing', async () => {
    const broken = invoice('kim', [['tracker', 1n, 1n]]);
    const [entry] = (broken.event as unknown as { invoicedLines: { charges: { currency: string } }[] }).invoicedLines;
    if (entry) entry.charges.currency = 'USD';
    await expect(bench.handle(broken)).rejects.toMatchObject({ reason: 'CURRENCY_MISMATCH' });
    await expect(current()).rejects.toMatchObject({ reason: 'SETTLEMENT_NOT_FOUND' });
  });
});
