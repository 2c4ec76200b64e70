import type { Entry } from '#proto/billing/v1/entry';
import { CreditGrantedSchema, CreditRefusedSchema } from '#proto/billing/v1/events';
import type { Transaction } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { emitMany } from '#shared/outbox/outbox';
import type { Outcome } from '../ledger/batch/submission.ts';

/** What became of a request to give. */
export interface CreditAnswer {
  key: string;
  customerId: string;
  traceparent: string | null;
  outcome: Outcome;
}

/** Tells whoever asked. Only what the catalogue foresees is a refusal; anything else fails the transaction, and the requests come again. */
export async function emitCreditAnswers(tx: Transaction, answers: CreditAnswer[]): Promise<void> {
  const granted: (CreditAnswer & { entry: Entry })[] = [];
  const refused: (CreditAnswer & { reason: string })[] = [];
  for (const answer of answers) {
    const { outcome } = answer;
    if ('reply' in outcome) granted.push({ ...answer, entry: outcome.reply as Entry });
    else if (outcome.fault instanceof Fault) refused.push({ ...answer, reason: outcome.fault.reason });
    else throw outcome.fault;
  }
  await emitMany(
    tx,
    CreditGrantedSchema,
    granted.map(({ key, customerId, entry }) => ({ key, customerId, entry })),
    granted.map(({ traceparent }) => traceparent),
  );
  await emitMany(
    tx,
    CreditRefusedSchema,
    refused.map(({ key, customerId, reason }) => ({ key, customerId, reason })),
    refused.map(({ traceparent }) => traceparent),
  );
}
