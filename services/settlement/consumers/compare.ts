import { SettlementCompletedSchema } from '#proto/settlement/v1/events';
import type { Settlement } from '#proto/settlement/v1/settlement';
import { type DepartmentEmails, departmentEmail } from '#shared/config/departmentEmails';
import type { Transaction } from '#shared/database/database';
import { emit } from '#shared/outbox/outbox';
import { isComplete, isNews, judge } from '../domain/verdict.ts';
import { settlementToProto } from '../rpc/convert.ts';
import { loadOwnBook } from '../store/books.ts';
import { putVerdict } from '../store/heads.ts';
import type { SettlementHead } from '../store/mapping.ts';

/** What a consumer of settlement needs besides the event. */
export interface Settling {
  departmentEmails: DepartmentEmails;
  now: () => Date;
}

/**
 * Compares the books if they are complete; called by every consumer after it has changed (and thereby locked) the month.
 * Whichever event comes last therefore settles the month, and every later one compares again.
 */
export async function compareIfComplete(tx: Transaction, head: SettlementHead, settling: Settling): Promise<void> {
  const { rating, billing, verdict: before } = head;
  if (rating === undefined || billing === undefined) return;
  if (!isComplete(before.state, head.invoices, billing)) return;
  const own = await loadOwnBook(tx, head);
  const verdict = judge(own, rating, billing);
  const settled = await putVerdict(tx, head, verdict, settling.now());
  if (!isNews(before, verdict)) return;
  await emit(tx, SettlementCompletedSchema, {
    settlementId: `${head.business}-${head.period}`,
    settlement: abridged(settlementToProto(settled, own.totals, own.products)),
    departmentEmail: departmentEmail(settling.departmentEmails, head.business),
  });
}

/** An event holds at most a megabyte. Whoever needs all of a long list asks for the settlement. */
function abridged(settlement: Settlement): Settlement {
  settlement.products.splice(2_000);
  settlement.differences.splice(2_000);
  return settlement;
}
