import { create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Conservation, ConservationSchema } from '#proto/rating/v1/conservation';
import { GetConservationRequestSchema } from '#proto/rating/v1/conservation_service';
import { ClosePeriodRequestSchema } from '#proto/rating/v1/period_service';
import type { CallContext, Command } from '#shared/rpc/context';
import { monthBounds } from '#shared/time/month';
import { stepClose } from '../periods/close/stepClose.ts';
import { MonthPlan } from '../periods/domain/monthPlan.ts';
import { knownLineMonths } from '../periods/months/knownMonth.ts';
import { nextClosing } from '../periods/store/closing.ts';
import { findPeriod } from '../periods/store/periods.ts';
import { context, MonthWorld, report } from '../periods/testing/monthWorld.ts';
import { clock, headerLine, pieces, timeZone } from '../testing/world.ts';
import { conservationService } from './rpc/conservationService.ts';

const months = ['2026-10', '2026-11'] as const;
const lines = ['0101', '0102', '0103'];

/** A record as it is sent; `of` picks the one that it corrects or repeats, by its place among all that were sent. */
const wish = fc.record({
  kind: fc.constantFrom('new', 'new', 'new', 'replace', 'replace', 'cancel', 'again', 'malformed', 'nobody'),
  month: fc.nat(1),
  line: fc.nat(2),
  bytes: fc.nat(1_000),
  of: fc.nat(30),
});
const turn = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('file' as const),
      wishes: fc.array(wish, { minLength: 1, maxLength: 8 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('broken file' as const),
      wishes: fc.array(wish, { minLength: 1, maxLength: 8 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('close' as const), month: fc.nat(1) }) },
);

interface Sent {
  text: string;
  line: string;
  month: number;
  bytes: number;
  id: string;
  /** Whether it counts as far as is known now. */
  counts: boolean;
  /** Whether a correction may name it. */
  kept: boolean;
  cancels: boolean;
}

/** What a month comes to as is known now, and as it was when it was closed. */
class Model {
  readonly sent: Sent[] = [];
  readonly closed = new Map<number, string>();

  /** The text of the wished record; what it does is taken to have happened. */
  send({
    kind,
    month,
    line,
    bytes,
    of,
  }: {
    kind: string;
    month: number;
    line: number;
    bytes: number;
    of: number;
  }): string {
    const number = lines[line] ?? '';
    const time = `${months[month]}-1${line}T00:00:00Z`;
    const id = `r${this.sent.length}`;
    if (kind === 'malformed') return 'x,y';
    if (kind === 'nobody') return `${id}n,0999,iot.kr,${time},1,0,,`;
    const target = this.sent[of % Math.max(this.sent.length, 1)];
    if (kind === 'again' && target) return target.text;
    const corrects = kind === 'replace' || kind === 'cancel' ? target : undefined;
    if ((kind === 'replace' || kind === 'cancel') && !corrects?.kept) {
      return `${id}n,${number},iot.kr,${time},1,0,CANCEL,never-sent`;
    }
    const owner = corrects?.line ?? number;
    const cancels = kind === 'cancel';
    const correction = corrects ? `${kind.toUpperCase()},${corrects.id}` : ',';
    const text = `${id},${owner},iot.kr,${time},${bytes},0,${correction}`;
    if (corrects) Object.assign(corrects, { counts: false, kept: false });
    this.sent.push({ ...{ text, line: owner, month, bytes, id, cancels }, counts: !cancels, kept: true });
    return text;
  }

  known(month: number): string {
    const sums = lines.map((line) => {
      const own = this.sent.filter((each) => each.counts && each.month === month && each.line === line);
      return `${line}: ${own.reduce((sum, { bytes }) => sum + bytes, 0)} in ${own.length}`;
    });
    return sums.join(', ');
  }
}

async function conservation(on: MonthWorld, period: string): Promise<Conservation> {
  const { handlers } = conservationService({ database: on.database, timeZone });
  const get = handlers.getConservation as (request: unknown, ctx: unknown) => Promise<object>;
  return create(
    ConservationSchema,
    await get(create(GetConservationRequestSchema, { business: 'iot', period }), context),
  );
}

async function close(on: MonthWorld, period: string): Promise<void> {
  const { inTransaction } = on.service.closePeriod as unknown as Command<never, never>;
  const request = create(ClosePeriodRequestSchema, { business: 'iot', period });
  await on.database.transaction((tx) => inTransaction(request as never, tx, {} as CallContext));
  for (let no = await nextClosing(on.database); no !== undefined; no = await nextClosing(on.database)) {
    await stepClose(no, { database: on.database, clock, timeZone, report, linesPerBatch: 2 });
  }
}

/** The month by all that is known now, as it is rated again. */
async function known(on: MonthWorld, period: string): Promise<string> {
  const row = await findPeriod(on.database, 'iot', period);
  const key = { businessNo: 1, periodNo: row?.no, ...monthBounds(period, timeZone) };
  const plan = new MonthPlan(period, timeZone);
  const found: string[] = [];
  for await (const some of knownLineMonths(on.database, key, plan, { after: '', lineIds: undefined })) {
    found.push(...some.map(({ lineId, bytes, records }) => `${lineId}: ${bytes} in ${records}`));
  }
  return found.join(', ');
}

test('IOT-6 IOT-13 whatever comes, before a close and after it, is conserved, and rated again the month is what has counted', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { minLength: 3, maxLength: 12 }), async (turns) => {
      await using on = await MonthWorld.open();
      const model = new Model();
      await on.tariff('plain', [
        { name: 'data', metric: 'bytes', model: { case: 'perUnit', value: { unitPrice: '1' } } } as const,
      ]);
      for (const line of lines) await on.line(line, 'plain');
      const imports = on.world.imports();
      for (const each of turns) {
        if (each.kind === 'close') {
          const as = model.known(each.month);
          await close(on, months[each.month] ?? '');
          if (!model.closed.has(each.month)) model.closed.set(each.month, as);
        } else {
          const text = each.wishes.map((one) => `${model.send(one)}\n`).join('');
          const whole = `${headerLine},correction,corrects\n${text}`;
          const sending = async function* () {
            yield* pieces(whole);
            if (each.kind === 'broken file') throw new Error('the sender is gone');
          };
          const sent = imports.run({ business: 'iot', source: '', pieces: sending() });
          await (each.kind === 'file' ? sent : expect(sent).rejects.toThrow());
          // What was counted of a broken file stands, and the rest comes with the whole file.
          if (each.kind === 'broken file') await imports.run({ business: 'iot', source: '', pieces: pieces(whole) });
        }
        for (const period of months) {
          const { faults, files } = await conservation(on, period);
          expect({ faults, files: files.filter(({ conserved }) => !conserved) }).toEqual({ faults: [], files: [] });
        }
      }
      for (const [month, period] of months.entries()) expect(await known(on, period)).toBe(model.known(month));
    }),
    { numRuns: Number(process.env.CONSERVATION_RUNS ?? 8) },
  );
}, 300_000);
