import { type Timestamp, timestampDate, timestampFromDate } from '@bufbuild/protobuf/wkt';
import { BalanceCause, Ledger } from '#proto/billing/v1/entry';
import { LedgerService } from '#proto/billing/v1/ledger_service';
import type { Database } from '#shared/database/database';
import { Fault, invalidField } from '#shared/errors/fault';
import { toProto } from '#shared/money/money';
import { implement } from '#shared/rpc/implement';
import { cutPage, pageOf } from '#shared/rpc/page';
import { type LedgerEntry, listLedgerEntries, readLedgerTotals, type Span } from '../store/ledgerTotals.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Billing's own journal, for settlement to compare its copy with. */
export function ledgerService(database: Database) {
  return implement(LedgerService, database, {
    getLedgerTotals: async (request) => {
      const { totals, entries, digest } = await readLedgerTotals(database, spanOf(request));
      return {
        totals: totals.map(({ ledger, currency, debit, credit }) => ({
          ledger: Ledger[ledger],
          debit: toProto({ currency, minor: debit }),
          credit: toProto({ currency, minor: credit }),
        })),
        entries,
        digest,
      };
    },

    listLedgerEntries: async (request) => {
      const { limit, after } = pageOf(request);
      // Every id of the journal is a UUID: a text that is none names no entry.
      const ids = request.ids.filter((id) => uuid.test(id));
      if (ids.length === 0 && request.ids.length > 0) return { entries: [], nextPageToken: '' };
      const options = { ids, after: keyOf(after), limit: limit + 1 };
      const rows = await listLedgerEntries(database, spanOf(request), options);
      const page = cutPage(rows, limit, ({ key }) => key);
      return { entries: page.rows.map(({ entry }) => entryToProto(entry)), nextPageToken: page.nextPageToken };
    },
  });
}

function spanOf({ startTime, endTime }: { startTime?: Timestamp; endTime?: Timestamp }): Span {
  if (!endTime) throw invalidField('end_time', 'is needed');
  return { start: startTime && timestampDate(startTime), end: timestampDate(endTime) };
}

function entryToProto({ id, time, cause, causeId, lines }: LedgerEntry) {
  return {
    id,
    time: timestampFromDate(time),
    cause: BalanceCause[cause],
    causeId,
    lines: lines.map(({ ledger, accountId, currency, minor }) => ({
      ledger: Ledger[ledger],
      accountId,
      amount: toProto({ currency, minor }),
    })),
  };
}

function keyOf(after: string[] | undefined): { time: string; id: string } | undefined {
  if (!after) return undefined;
  const [time = '', id = ''] = after;
  if (!Number.isNaN(Date.parse(time)) && uuid.test(id)) return { time, id };
  throw new Fault('PAGE_TOKEN_INVALID', { message: 'page_token is not one of this method' });
}
