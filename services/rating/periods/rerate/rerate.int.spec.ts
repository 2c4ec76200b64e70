import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import {
  ReratePeriodRequestSchema,
  type ReratePeriodResponse,
  ReratePeriodResponseSchema,
} from '#proto/rating/v1/period_service';
import { Fault } from '#shared/errors/fault';
import type { LongCommand } from '#shared/rpc/context';
import { clock, log, timeZone } from '../../testing/world.ts';
import { nextRun } from '../store/rerateRuns.ts';
import { FakeBilling } from '../testing/fakeBilling.ts';
import { at, context, MonthWorld, month } from '../testing/monthWorld.ts';
import { rerateRun } from './rerateRun.ts';
import { rerateWorker } from './worker.ts';

type Rerate = LongCommand<typeof ReratePeriodRequestSchema, typeof ReratePeriodResponseSchema>;

const plain = [{ name: 'data', metric: 'bytes', model: { case: 'perUnit', value: { unitPrice: '1' } } }] as const;

/** Lines 0000, 0001, … that have used so many bytes each, closed and charged. */
async function closedMonth(on: MonthWorld, lines: number): Promise<FakeBilling> {
  await on.tariff('plan', [...plain]);
  const ids = Array.from({ length: lines }, (_, index) => String(index).padStart(4, '0'));
  for (const id of ids) await on.line(id, 'plan');
  await on.use(...ids.map((id) => on.record(id, at(5), 100)));
  await on.close();
  const billing = new FakeBilling();
  for (const id of ids) billing.charged.set(id, 100n);
  return billing;
}

function options(on: MonthWorld, billing: FakeBilling) {
  return { database: on.database, clock, timeZone, adjustments: billing.client, log };
}

/** Calls the method and has the worker work meanwhile. */
async function rerate(
  on: MonthWorld,
  billing: FakeBilling,
  init: MessageInitShape<typeof ReratePeriodRequestSchema> = {},
): Promise<ReratePeriodResponse> {
  const { prepare, settle } = on.service.reratePeriod as Rerate;
  const request = create(ReratePeriodRequestSchema, { business: 'iot', period: month, ...init });
  const change = await prepare(request, context);
  const { answer } = await on.database.transaction(change);
  const working = work(on, billing).catch(() => {});
  const settled = await settle(create(ReratePeriodResponseSchema, answer), context);
  await working;
  return create(ReratePeriodResponseSchema, settled.answer);
}

async function work(on: MonthWorld, billing: FakeBilling): Promise<void> {
  const { run } = rerateWorker(options(on, billing));
  while ((await run(new AbortController().signal)) === 'more');
}

const differences = (answer: ReratePeriodResponse) =>
  answer.differences.map(({ lineId, difference }) => `${lineId} ${difference?.amount}`);

describe('rating a closed month again', () => {
  it('IOT-13 late usage: compared first, then charged once; again there is nothing', async () => {
    await using on = await MonthWorld.open();
    const billing = await closedMonth(on, 3);
    expect(await on.use(on.record('0001', at(6), 7), on.record('0001', at(7), 5))).toMatchObject({ late: 2n });

    const dry = await rerate(on, billing, { dryRun: true });
    expect(dry).toMatchObject({
      dryRun: true,
      lines: 3n,
      linesDifferent: 1n,
      amount: [{ currency: 'KRW', amount: '12' }],
    });
    expect(differences(dry)).toEqual(['0001 12']);
    expect(billing.charged.get('0001')).toBe(100n);
    expect(billing.calls.every((call) => call.dryRun)).toBe(true);

    const real = await rerate(on, billing);
    expect({ ...real, $unknown: [] }).toEqual({ ...dry, dryRun: false, $unknown: [] });
    expect(billing.charged.get('0001')).toBe(112n);
    // Only what differs is charged.
    expect(billing.calls.at(-1)).toEqual({ lineIds: ['0001'], dryRun: false });

    const again = await rerate(on, billing);
    expect(again).toMatchObject({ lines: 3n, linesDifferent: 0n, amount: [], differences: [] });
    expect(billing.calls.at(-1)?.dryRun).toBe(true);
  });

  it('IOT-13 a month that is not closed is refused, and one whose bill run is under way too', async () => {
    await using on = await MonthWorld.open();
    await on.tariff('plan', [...plain]);
    await on.line('0000', 'plan');
    const billing = new FakeBilling();
    await expect(rerate(on, billing)).rejects.toMatchObject({
      reason: 'PERIOD_NOT_CLOSED',
      metadata: { state: 'OPEN' },
    });
    await on.close();
    billing.fault = new Fault('BILL_RUN_INCOMPLETE');
    await expect(rerate(on, billing)).rejects.toMatchObject({
      reason: 'PERIOD_NOT_CLOSED',
      metadata: { state: 'INVOICING' },
    });
    await expect(rerate(on, billing, { lineIds: ['0000', 'nothing'] })).rejects.toMatchObject({
      reason: 'LINE_NOT_FOUND',
    });
  });

  it('IOT-13 billing out of reach is said, and the run goes on later', async () => {
    await using on = await MonthWorld.open();
    const billing = await closedMonth(on, 1);
    await on.use(on.record('0000', at(6), 7));
    billing.fault = new Fault('DEPENDENCY_UNAVAILABLE');
    await expect(rerate(on, billing)).rejects.toMatchObject({ reason: 'DEPENDENCY_UNAVAILABLE' });
    billing.fault = undefined;
    await work(on, billing);
    expect(billing.charged.get('0000')).toBe(107n);
    expect(await nextRun(on.database)).toBeUndefined();
  });

  it('IOT-13 differences come page by page, the same after they were charged; a line unknown to billing says why', async () => {
    await using on = await MonthWorld.open();
    const billing = await closedMonth(on, 7);
    billing.charged.delete('0003');
    await on.use(...[1, 2, 3, 5, 6].map((line) => on.record(`000${line}`, at(6), line)));
    const seen: string[] = [];
    for (let pageToken = ''; ; ) {
      const page = await rerate(on, billing, { pageSize: 2, pageToken });
      expect(page).toMatchObject({ lines: 7n, linesDifferent: 4n, amount: [{ currency: 'KRW', amount: '14' }] });
      seen.push(
        ...page.differences.map(({ lineId, difference, reason }) => `${lineId} ${difference?.amount ?? reason}`),
      );
      pageToken = page.nextPageToken;
      if (pageToken === '') break;
    }
    expect(seen).toEqual(['0001 1', '0002 2', '0003 CHARGE_ACCOUNT_NOT_FOUND', '0005 5', '0006 6']);
    expect(billing.charged.get('0006')).toBe(106n);
    const one = await rerate(on, billing, { lineIds: ['0002'] });
    expect(one).toMatchObject({ lines: 1n, linesDifferent: 0n });
    await expect(
      rerate(on, billing, { pageToken: Buffer.from('["x","y","2"]').toString('base64url') }),
    ).rejects.toMatchObject({
      reason: 'PAGE_TOKEN_INVALID',
    });
  });

  it.each(['after the comparison', 'after billing has charged'])(
    'IOT-13 a process that dies %s leaves a run that ends the same',
    async (when) => {
      await using on = await MonthWorld.open();
      const billing = await closedMonth(on, 600);
      await on.use(...[10, 260, 599].map((line) => on.record(String(line).padStart(4, '0'), at(6), line)));
      const { prepare } = on.service.reratePeriod as Rerate;
      const request = create(ReratePeriodRequestSchema, { business: 'iot', period: month });
      await on.database.transaction(await prepare(request, context));
      const run = await nextRun(on.database);
      if (!run) throw new Error('no run');
      const adjust = billing.client().adjustMonth;
      const dying = async (...call: Parameters<typeof adjust>) => {
        const isReal = call[0].dryRun !== true;
        if (isReal && when === 'after the comparison') throw new Error('dies');
        const answer = await adjust(...call);
        if (isReal) throw new Error('dies');
        return answer;
      };
      const dead = { ...options(on, billing), adjustments: () => ({ adjustMonth: dying }) };
      await expect(rerateRun(run, dead, context.signal)).rejects.toThrow('dies');

      const answer = await rerate(on, billing);
      expect(differences(answer)).toEqual(['0010 10', '0260 260', '0599 599']);
      expect(answer).toMatchObject({ lines: 600n, linesDifferent: 3n, amount: [{ amount: '869' }] });
      expect(['0010', '0260', '0599', '0011'].map((line) => billing.charged.get(line))).toEqual([
        110n,
        360n,
        699n,
        100n,
      ]);
    },
  );

  it('IOT-13 a tariff version dated into the closed month is found', async () => {
    await using on = await MonthWorld.open();
    const billing = await closedMonth(on, 1);
    await on.version('plan', at(4), [...plain]);
    await rerate(on, billing);
    const sent = await on.database.query('select 1 from rerate_differences');
    expect(sent.rows).toEqual([]);
    billing.charged.set('0000', 50n);
    expect(differences(await rerate(on, billing))).toEqual(['0000 50']);
    const { rows } = await on.database.query<{ line_month: Buffer }>('select line_month from rerate_differences');
    expect(rows).toHaveLength(1);
  });
});
