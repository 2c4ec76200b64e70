import { create, type MessageInitShape } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RoundingMode, TariffSchema } from '#proto/rating/v1/tariff';
import { decimal, whole } from '#shared/money/decimal';
import { tariffFromProto } from '#shared/pricing/fromProto';
import { sumOfLines } from '#shared/pricing/priceLine';
import { priceVersion } from '#shared/pricing/priceVersion';
import { taxOn } from '#shared/pricing/tax';
import { meterOf, stretchesAt } from '../pricing.ts';
import { chargeable } from './chargeable.ts';
import { decideGrant } from './grant.ts';
import { priceAt } from './meter.ts';
import { paymentUpTo } from './payment.ts';
import type { Stretch } from './session.ts';

const zone = 'Asia/Seoul';
const noon = new Date('2026-11-10T03:00:00Z');
const component = (model: object, more: object = {}) => ({ name: 'data', metric: 'bytes', model, ...more });
const perUnit = (unitPrice: string, more: object = {}) =>
  component({ case: 'perUnit', value: { unitPrice } }, { name: `at ${unitPrice}`, ...more });
const graduated = (tiers: object[], more: object = {}) => component({ case: 'graduated', value: { tiers } }, more);
const packages = (size: string, price: string) => component({ case: 'package', value: { size, price, partial: 1 } });

/** A tariff of versions that begin a day apart, the first one since always. */
function tariff(versions: object[][], taxRate = '') {
  const init = {
    ...{ id: 't', displayName: 't', currency: 'KRW', taxRate },
    versions: versions.map((components, day) => ({
      components,
      ...(day > 0 && { effectiveTime: { seconds: BigInt(noon.getTime() / 1000 + day * 86_400), nanos: 0 } }),
    })),
  };
  return tariffFromProto(create(TariffSchema, init as MessageInitShape<typeof TariffSchema>));
}

/** A meter whose session came to each version when it had used so much. */
function meter(versions: object[][], changes: string[] = [], taxRate = '') {
  const t = tariff(versions, taxRate);
  const stretches: Stretch[] = ['0', ...changes].map((from, day) => ({
    version: t.versions[day]?.effectiveTime,
    startTime: new Date(noon.getTime() + day * 86_400_000),
    from: decimal(from),
  }));
  return meterOf(t, 'bytes', stretches, zone);
}

const priceOf = (versions: object[][], units: string, changes: string[] = []) =>
  Number(priceAt(meter(versions, changes), decimal(units)).total);

describe('priceAt', () => {
  it('says what a quote says of one item of as many units', () => {
    const model = fc.oneof(
      fc.record({ unitPrice: fc.integer({ min: 0, max: 999 }) }).map(({ unitPrice }) => perUnit(`0.${unitPrice}`)),
      fc
        .tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 99 }))
        .map(([bound, price, flat]) =>
          graduated([
            { upTo: `${bound}`, unitPrice: `0.${price}`, flat: `${flat}` },
            { unitPrice: '2.5', flat: '7' },
          ]),
        ),
      fc.integer({ min: 1, max: 40 }).map((size) => packages(`${size}`, '33.3')),
      fc.integer({ min: 1, max: 40 }).map((increment) => perUnit('1.7', { increment: `${increment}`, allowance: '9' })),
    );
    fc.assert(
      fc.property(model, fc.integer({ min: 0, max: 200 }), (each, used) => {
        const versions = [
          [each, component({ case: 'maximum', value: { amount: '250.5' } }, { metric: '', name: 'most' })],
        ];
        const t = tariff(versions, '0.1');
        const usage = [{ metric: 'bytes', quantity: whole(used), startTime: noon }];
        const context = { currency: 'KRW', timeZone: zone, activeDays: 1, daysInMonth: 1 };
        const version = t.versions[0];
        if (!version) throw new Error('no version');
        const net = sumOfLines(priceVersion(version, usage, context), 'KRW');
        const tax = taxOn(net, decimal('0.1')).minor;
        expect(priceAt(meter(versions, [], '0.1'), whole(used))).toEqual({ total: net.minor + tax, tax });
      }),
    );
  });

  it('lets tiers, allowance and packages run on where another version takes over', () => {
    const tiers = (one: string, two: string) => [
      graduated([{ upTo: '100', unitPrice: one, flat: '5' }, { unitPrice: two }]),
    ];
    // 80 at 1 with the flat, then 20 at 10 and 30 at 20; the flat is not owed twice.
    expect(priceOf([tiers('1', '2'), tiers('10', '20')], '130', ['80'])).toBe(85 + 200 + 600);
    // The allowance was used up under the first version.
    expect(priceOf([[perUnit('1', { allowance: '50' })], [perUnit('3', { allowance: '50' })]], '100', ['60'])).toBe(
      10 + 120,
    );
    // What is left of the package is still there.
    expect(priceOf([[packages('100', '10')], [packages('100', '30')]], '100', ['50'])).toBe(10);
    expect(priceOf([[packages('100', '10')], [packages('100', '30')]], '101', ['50'])).toBe(40);
  });

  it('is not changed by versions that nothing was used under', () => {
    const versions = [[perUnit('1')], [perUnit('7')], [perUnit('3')]];
    expect(priceOf(versions, '150', ['100', '100'])).toBe(100 + 150);
  });

  it('never falls, whatever versions follow one another', () => {
    const price = fc.integer({ min: 0, max: 30 }).map((tenths) => `${tenths / 10}`);
    const version = fc.tuple(price, price, fc.integer({ min: 1, max: 20 })).map(([one, two, bound]) => [
      graduated([
        { upTo: `${bound}`, unitPrice: one, flat: one },
        { unitPrice: two, flat: two },
      ]),
    ]);
    fc.assert(
      fc.property(version, version, fc.integer({ min: 0, max: 30 }), (one, two, change) => {
        const both = meter([one, two], [`${change}`], '0.1');
        const prices = Array.from({ length: 60 }, (_, units) => priceAt(both, whole(units)));
        for (const [units, { total, tax }] of prices.entries()) {
          expect(total >= (prices[units - 1]?.total ?? 0n)).toBe(true);
          expect(tax >= (prices[units - 1]?.tax ?? 0n)).toBe(true);
        }
      }),
    );
  });
});

describe('stretchesAt', () => {
  const night = { from: '22:00', to: '06:00', days: [], timeZone: '' };
  const t = tariff([[perUnit('1', { timeOfDay: night }), perUnit('2')]]);
  const session = { metric: 'bytes', stretches: [], used: whole(0) };

  it('begins another stretch when another time of day has begun, and none before', () => {
    const day = stretchesAt(t, session, noon, zone);
    const later = { ...session, stretches: day, used: whole(5) };
    expect(stretchesAt(t, later, new Date('2026-11-10T12:59:59Z'), zone)).toBe(day);
    const evening = stretchesAt(t, later, new Date('2026-11-10T13:00:00Z'), zone);
    expect(evening).toMatchObject([
      { startTime: noon },
      { startTime: new Date('2026-11-10T13:00:00Z'), from: whole(5) },
    ]);
    // Five by day at 2, then five by night at 2 + 1.
    expect(priceAt(meterOf(t, 'bytes', evening, zone), whole(10)).total).toBe(25n);
  });
});

describe('decideGrant', () => {
  it('never grants more than the balance pays for, and one step more would not be paid for', () => {
    const bounds = { available: fc.bigInt(0n, 3_000n), used: fc.nat(300), step: fc.integer({ min: 1, max: 60 }) };
    fc.assert(
      fc.property(fc.record(bounds), ({ available, used, step }) => {
        const versions = [
          [
            graduated(
              [
                { upTo: '100', unitPrice: '1.3' },
                { unitPrice: '2.7', flat: '50' },
              ],
              { increment: `${step}` },
            ),
          ],
        ];
        const m = meter(versions, [], '0.1');
        const session = { used: whole(used), charged: paymentUpTo(m, { charged: 0n, tax: 0n }, whole(used)).amount };
        const grant = decideGrant(m, session, whole(100_000), available);
        const costOf = (units: number) => priceAt(m, whole(units)).total - session.charged;
        const granted = grant.kind === 'grant' ? used + Number(grant.units.valueOf()) : used;
        if (grant.kind === 'grant') {
          expect(grant.amount).toBe(costOf(granted));
          expect(grant.amount <= available).toBe(true);
          expect(granted % step).toBe(0);
        }
        expect(costOf((Math.floor(granted / step) + 1) * step) > available).toBe(true);
      }),
    );
  });

  it('grants units whose increment is paid for already', () => {
    const m = meter([[perUnit('1', { increment: '60' })]]);
    expect(decideGrant(m, { used: whole(30), charged: 60n }, whole(100), 0n)).toEqual({
      kind: 'grant',
      units: whole(30),
      amount: 0n,
    });
  });
});

describe('chargeable', () => {
  const falls = (one: string, two: string, flat: string) => {
    const tiers = [
      { upTo: '10', unitPrice: one },
      { unitPrice: two, flat },
    ];
    const [version] = tariff([[component({ case: 'volume', value: { tiers } })]]).versions;
    return () => version && chargeable('t', version, 'bytes');
  };

  it('takes volume that never gets cheaper as a whole, and no other', () => {
    expect(falls('10', '10', '0')).not.toThrow();
    expect(falls('10', '5', '50')).not.toThrow();
    expect(falls('10', '5', '49')).toThrow(/more units cost less/);
  });

  it('takes no maximum whose own rounding makes more units cost less', () => {
    const most = (rounding: object) =>
      component({ case: 'maximum', value: { amount: '100' } }, { metric: '', name: 'most', ...rounding });
    const versions = (rounding: object) => [[perUnit('0.9'), most(rounding)]];
    // 112 units are 100.8: what is too much, 0.8, is rounded down to nothing, so 101 won; of 113 the whole won too much goes off.
    const down = { rounding: { mode: RoundingMode.DOWN, decimals: 0 } };
    expect(() => priceOf(versions(down), '112')).toThrow(/more units cost less/);
    expect([111, 112, 113].map((units) => priceOf(versions({}), `${units}`))).toEqual([100, 100, 100]);
  });

  it('leaves fees, minimums and other metrics out', () => {
    const [version] = tariff([
      [
        component({ case: 'recurring', value: { amount: '100' } }, { name: 'fee', metric: '' }),
        component({ case: 'minimum', value: { amount: '10' } }, { name: 'least', metric: '' }),
        component({ case: 'maximum', value: { amount: '90' } }, { name: 'most', metric: '' }),
        perUnit('1', { metric: 'seconds', name: 'time' }),
        perUnit('1'),
      ],
    ]).versions;
    expect(version && chargeable('t', version, 'bytes').components.map(({ name }) => name)).toEqual(['most', 'at 1']);
  });
});
