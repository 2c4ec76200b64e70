import { setTimeout } from 'node:timers/promises';
import { fromBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { LineDifferenceSchema } from '#proto/common/v1/line_charges';
import type {
  ReratePeriodRequest,
  ReratePeriodRequestSchema,
  ReratePeriodResponse,
  ReratePeriodResponseSchema,
} from '#proto/rating/v1/period_service';
import type { Database, Transaction } from '#shared/database/database';
import { Fault, isReason } from '#shared/errors/fault';
import { newId } from '#shared/ids';
import { toProto } from '#shared/money/money';
import type { CallContext, LongCommand } from '#shared/rpc/context';
import { nextToken, pageOf } from '#shared/rpc/page';
import { knownBusiness } from '../../rpc/knownBusiness.ts';
import { checkKeys, isText } from '../../rpc/pageKeys.ts';
import { requireLine } from '../months/monthView.ts';
import { rerateChannel } from '../rerate/worker.ts';
import { findPeriod, type PeriodRow, readPeriod } from '../store/periods.ts';
import { differencesAfter, differenceTotals } from '../store/rerateDifferences.ts';
import { findRun, findRunning, forgetDryRuns, insertRun, type RerateRun } from '../store/rerateRuns.ts';

/** How long a caller is kept waiting for the run's end, and how much of its own deadline is left for the answer. */
const mostMs = 10_000;
const spareMs = 500;
const lookEveryMs = 50;
const keepDryRunsMs = 86_400_000;

export interface ReratePeriodOptions {
  database: Database;
  clock: { now(): Date };
}

/** Which run a page is of, behind which line it begins, and how long it is. */
interface Place {
  runId: string;
  after: string;
  limit: number;
}

/**
 * Begins a run in the background, or joins the one under way for the same, and waits for its end. What takes longer than is decent to
 * wait is answered as far as it is, with a page token behind it: the next page waits on. The totals are final once there is no further page.
 */
export function reratePeriod({
  database,
  clock,
}: ReratePeriodOptions): LongCommand<typeof ReratePeriodRequestSchema, typeof ReratePeriodResponseSchema> {
  return {
    prepare: async (request) => {
      const { limit, after } = pageOf(request);
      if (after) {
        checkKeys(after, isText, isText, isLimit);
        const place = { runId: after[0] ?? '', after: after[1] ?? '', limit: request.pageSize || Number(after[2]) };
        return async () => ({ answer: { nextPageToken: tokenOf(place) } });
      }
      const period = await closedPeriod(database, request);
      const lineIds = request.lineIds.length > 0 ? [...new Set(request.lineIds)].sort() : null;
      for (const lineId of lineIds ?? []) await requireLine(database, period.business_no, lineId);
      return async (tx) => {
        const run = { periodNo: period.no, dryRun: request.dryRun, lineIds };
        const runId = await begin(tx, run, clock.now());
        return { answer: { nextPageToken: tokenOf({ runId, after: '', limit }) } };
      };
    },
    settle: async (first, context) => {
      const place = placeOf(first);
      const run = await waitFor(database, place.runId, context);
      return { answer: await pageOfRun(database, run, place), settled: run.state !== 'RUNNING' };
    },
  };
}

async function closedPeriod(database: Database, request: ReratePeriodRequest): Promise<PeriodRow> {
  const { business, period: month } = request;
  await knownBusiness(database, business);
  const period = await findPeriod(database, business, month);
  if (period?.state === 'CLOSED') return period;
  throw notClosed(business, month, period?.state ?? 'OPEN');
}

function notClosed(business: string, month: string, state: string): Fault {
  return new Fault('PERIOD_NOT_CLOSED', {
    message: `${month} of ${business} is ${state}`,
    metadata: { business, period: month, state },
  });
}

async function begin(
  tx: Transaction,
  run: { periodNo: number; dryRun: boolean; lineIds: string[] | null },
  now: Date,
): Promise<string> {
  // Two calls at once for the same: the second one joins the first one's run.
  await tx.query('select 1 from periods where no = $1 for no key update', [run.periodNo]);
  const running = await findRunning(tx, run);
  if (running) return running.id;
  await forgetDryRuns(tx, new Date(now.getTime() - keepDryRunsMs));
  const id = newId();
  await insertRun(tx, { id, ...run, now });
  await tx.query(`notify ${rerateChannel}`);
  return id;
}

/** The run when it is over, or when the caller has waited long enough. Throws what has stopped it. */
async function waitFor(database: Database, id: string, { signal, deadline }: CallContext): Promise<RerateRun> {
  const patience = Math.min(mostMs, deadline ? deadline.getTime() - Date.now() - spareMs : mostMs);
  const until = performance.now() + patience;
  for (;;) {
    const run = await findRun(database, id);
    if (!run) throw staleToken();
    if (run.state === 'FAILED' || (run.state === 'RUNNING' && run.reason !== '')) throw await stopped(database, run);
    if (run.state === 'DONE' || performance.now() >= until || signal.aborted) return run;
    await setTimeout(lookEveryMs);
  }
}

async function stopped(database: Database, { period_no, reason, state }: RerateRun): Promise<Fault> {
  const period = await readPeriod(database, period_no);
  if (reason === 'BILL_RUN_INCOMPLETE' && period) return notClosed(period.business, period.month, 'INVOICING');
  const message =
    state === 'FAILED' ? 'the month could not be rated again' : 'billing does not answer; the run goes on later';
  return new Fault(isReason(reason) ? reason : 'INTERNAL', { message });
}

async function pageOfRun(
  database: Database,
  run: RerateRun,
  { runId, after, limit }: Place,
): Promise<MessageInitShape<typeof ReratePeriodResponseSchema>> {
  const period = await readPeriod(database, run.period_no);
  const rows = await differencesAfter(database, runId, after, limit + 1);
  const page = rows.slice(0, limit);
  const totals = await differenceTotals(database, runId);
  const hasMore = rows.length > limit || run.state === 'RUNNING';
  return {
    period: period?.month ?? '',
    business: period?.business ?? '',
    dryRun: run.dry_run,
    lines: run.lines,
    linesDifferent: totals.lines,
    amount: totals.amounts.map(toProto),
    differences: page.map(({ difference }) => fromBinary(LineDifferenceSchema, difference)),
    nextPageToken: hasMore ? tokenOf({ runId, after: page.at(-1)?.line_id ?? after, limit }) : '',
  };
}

function tokenOf({ runId, after, limit }: Place): string {
  return nextToken([runId, after, String(limit)]);
}

function placeOf({ nextPageToken }: ReratePeriodResponse): Place {
  const { after: keys = [] } = pageOf({ pageSize: 0, pageToken: nextPageToken });
  return { runId: keys[0] ?? '', after: keys[1] ?? '', limit: Number(keys[2] ?? 50) };
}

function isLimit(key: string): boolean {
  return /^[1-9]\d{0,3}$/.test(key) && Number(key) <= 1000;
}

function staleToken(): Fault {
  return new Fault('PAGE_TOKEN_INVALID', {
    message: 'page_token is of a run that is forgotten',
    violations: [{ field: 'page_token', description: 'not a token of an earlier answer' }],
  });
}
