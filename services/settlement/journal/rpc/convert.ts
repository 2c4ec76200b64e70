import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { BalanceCause, type JournalLineSchema, Ledger } from '#proto/billing/v1/entry';
import {
  type JournalDifference,
  JournalDifferenceKind,
  JournalDifferenceSchema,
  type JournalEntrySchema,
  type TrialBalanceSchema,
} from '#proto/settlement/v1/journal';
import { toProto } from '#shared/money/money';
import type { JournalEntry, Line } from '../domain/entry.ts';
import { type LedgerSum, trialOf } from '../domain/trialBalance.ts';
import type { KeptDifference } from '../store/differences.ts';

export function entryToProto(entry: JournalEntry): MessageInitShape<typeof JournalEntrySchema> {
  const { id, time, cause, causeId, memo, customerId, lines } = entry;
  return {
    id,
    time: timestampFromDate(time),
    cause: BalanceCause[cause],
    causeId,
    memo,
    customerId,
    lines: lines.map(lineToProto),
  };
}

function lineToProto({ ledger, accountId, currency, minor }: Line): MessageInitShape<typeof JournalLineSchema> {
  return { ledger: Ledger[ledger], accountId, amount: toProto({ currency, minor }) };
}

export function differenceToProto(difference: KeptDifference): JournalDifference {
  const { entryId, kind, billing, settlement, findTime, resolveTime } = difference;
  return create(JournalDifferenceSchema, {
    entryId,
    kind: JournalDifferenceKind[kind],
    billing: billing.map(lineToProto),
    settlement: settlement.map(lineToProto),
    findTime: timestampFromDate(findTime),
    ...(resolveTime && { resolveTime: timestampFromDate(resolveTime) }),
  });
}

export function trialToProto(trial: {
  time: Date;
  sums: readonly LedgerSum[];
  entries: bigint;
  comparedTo: Date | undefined;
  openDifferences: number;
}): MessageInitShape<typeof TrialBalanceSchema> {
  const { currencies, balanced } = trialOf(trial.sums);
  return {
    time: timestampFromDate(trial.time),
    currencies: currencies.map(({ currency, debit, credit, ledgers }) => ({
      currency,
      debit: toProto({ currency, minor: debit }),
      credit: toProto({ currency, minor: credit }),
      ledgers: ledgers
        .map((sum) => ({
          ledger: Ledger[sum.ledger],
          debit: toProto({ currency, minor: sum.debit }),
          credit: toProto({ currency, minor: sum.credit }),
          balance: toProto({ currency, minor: sum.debit - sum.credit }),
        }))
        .sort((a, b) => a.ledger - b.ledger),
    })),
    balanced,
    entries: trial.entries,
    ...(trial.comparedTo && { compareTime: timestampFromDate(trial.comparedTo) }),
    openDifferences: trial.openDifferences,
  };
}
