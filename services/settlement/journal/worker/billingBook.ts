import { type Timestamp, timestampDate, timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { LedgerEntry } from '#proto/billing/v1/ledger_service';
import { fromProto } from '#shared/money/money';
import type { Ledger } from '../../calls.ts';
import type { Book } from '../domain/book.ts';
import type { BookEntry } from '../domain/entry.ts';
import { causeName, ledgerName } from '../domain/names.ts';

const pageSize = 500;
const deadlineMs = 30_000;
/** Behind every entry that there will ever be. */
const never = new Date('9999-12-31T00:00:00Z');

/** Billing's journal, asked over its LedgerService. */
export function billingBook(billing: () => Ledger): Book {
  return {
    first: async () => {
      const { entries } = await billing().listLedgerEntries({ endTime: timestampFromDate(never), pageSize: 1 });
      return entries[0] && timeOf(entries[0].time);
    },
    totals: async ({ start, end }) => {
      const answer = await billing().getLedgerTotals(spanOf(start, end), { deadlineMs });
      return {
        entries: answer.entries,
        digest: answer.digest,
        sums: answer.totals.map(({ ledger, debit, credit }) => ({
          ledger: known(ledgerName(ledger), 'ledger', ledger),
          currency: debit?.currency ?? '',
          debit: debit?.amount ?? '',
          credit: credit?.amount ?? '',
        })),
      };
    },
    async *entries({ start, end }) {
      for (let pageToken = ''; ; ) {
        const page = await billing().listLedgerEntries({ ...spanOf(start, end), pageSize, pageToken });
        yield* page.entries.map(readEntry);
        pageToken = page.nextPageToken;
        if (pageToken === '') return;
      }
    },
    byId: async (ids) => {
      const request = { ids: [...ids], endTime: timestampFromDate(never), pageSize: 1_000 };
      const { entries } = await billing().listLedgerEntries(request);
      return new Map(entries.map((entry) => [entry.id, readEntry(entry)]));
    },
  };
}

function spanOf(start: Date, end: Date) {
  return { startTime: timestampFromDate(start), endTime: timestampFromDate(end) };
}

function timeOf(time: Timestamp | undefined): Date {
  if (!time) throw new Error('billing answers with an entry without time');
  return timestampDate(time);
}

function readEntry({ id, time, cause, causeId, lines }: LedgerEntry): BookEntry {
  return {
    id,
    time: timeOf(time),
    cause: known(causeName(cause), 'cause', cause),
    causeId,
    lines: lines.map(({ ledger, accountId, amount }, index) => {
      const { currency, minor } = fromProto(amount, `lines[${index}].amount`);
      return { ledger: known(ledgerName(ledger), 'ledger', ledger), accountId, currency, minor };
    }),
  };
}

/** A billing that is newer than this settlement: nothing is compared until both speak of the same things. */
function known<Name>(name: Name | undefined, what: string, value: number): Name {
  if (name === undefined)
    throw new Error(`billing answers with the ${what} ${value}, which this version does not know`);
  return name;
}
