import type { MessageInitShape } from '@bufbuild/protobuf';
import type { AdjustMonthRequest, AdjustMonthResponseSchema } from '#proto/billing/v1/adjustment_service';
import type { LineDifferenceSchema } from '#proto/common/v1/line_charges';
import type { Database } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { newId } from '#shared/ids';
import { toProto } from '#shared/money/money';
import type { Clock } from '#shared/runtime/service';
import { insertAdjustments } from '../store/adjustments.ts';
import { lockBillRunOf, readBillRunOf } from '../store/billRuns.ts';
import { type Comparison, compareLines } from './compareLines.ts';

export interface Adjusting {
  database: Database;
  clock: Clock;
  timeZone: string;
}

/** Compares the lines' month with what was charged for it and, unless only that is asked for, keeps the differences for the next invoices. */
export async function adjustMonth({ database, clock, timeZone }: Adjusting, request: AdjustMonthRequest) {
  if (request.dryRun) {
    const run = requireComplete(request, await readBillRunOf(database, request));
    return answer(await compareLines(database, request, run.id, timeZone));
  }
  const compared = await database.transaction(async (tx) => {
    // Held to the commit: whoever adjusts this month at the same time compares with what is kept here.
    const run = requireComplete(request, await lockBillRunOf(tx, request));
    const found = await compareLines(tx, request, run.id, timeZone);
    const adjustments = found.flatMap((each) => ('adjustment' in each ? [{ id: newId(), ...each.adjustment }] : []));
    await insertAdjustments(tx, adjustments, clock.now());
    return found;
  });
  return answer(compared);
}

function answer(compared: readonly Comparison[]): MessageInitShape<typeof AdjustMonthResponseSchema> {
  return { differences: compared.map(differenceToProto) };
}

function requireComplete(
  { business, period }: AdjustMonthRequest,
  run: { id: string; state: string } | undefined,
): { id: string } {
  if (run?.state === 'COMPLETED') return run;
  throw new Fault('BILL_RUN_INCOMPLETE', {
    message: `${business} has not invoiced ${period} yet`,
    metadata: { state: run?.state ?? 'NONE' },
  });
}

function differenceToProto(compared: Comparison): MessageInitShape<typeof LineDifferenceSchema> {
  if ('reason' in compared) {
    const { lineId, usageBytes } = compared.usage;
    return { lineId, usageBytes, reason: compared.reason };
  }
  const { difference, currency } = compared;
  const amounts = (before: bigint, now: bigint) => ({
    amountBefore: toProto({ currency, minor: before }),
    amount: toProto({ currency, minor: now }),
    difference: toProto({ currency, minor: now - before }),
  });
  return {
    lineId: difference.lineId,
    offeringId: difference.offeringId,
    usageBytesBefore: difference.usageBytesBefore,
    usageBytes: difference.usageBytes,
    ...amounts(difference.before, difference.now),
    components: difference.components.map(({ component, tariffId, before, now }) => ({
      component,
      tariffId,
      ...amounts(before, now),
    })),
  };
}
