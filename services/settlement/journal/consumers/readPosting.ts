import { timestampDate } from '@bufbuild/protobuf/wkt';
import type { BalanceCause, JournalLine } from '#proto/billing/v1/entry';
import type { BalanceChanged } from '#proto/billing/v1/events';
import { Fault } from '#shared/errors/fault';
import { fromProto } from '#shared/money/money';
import { contradictionIn, type EntryCause, type JournalEntry, type Line } from '../domain/entry.ts';
import { causeName, ledgerName } from '../domain/names.ts';

const malformed = (message: string) => new Fault('EVENT_MALFORMED', { message });

/**
 * The entry that an event posts; undefined where only reservations changed. An event that contradicts double entry,
 * or itself, is a Fault and so is parked: it must not get into the books, and must not get lost.
 */
export function readPosting({ account, entry, lines, cause }: BalanceChanged): JournalEntry | undefined {
  if (!entry && lines.length === 0) return undefined;
  if (!account?.id || !account.customerId || !entry?.id || !entry.time) {
    throw malformed('an entry needs its id, time, account and customer');
  }
  if (entry.accountId !== account.id) throw malformed(`entry ${entry.id} is of account ${entry.accountId}`);
  if (entry.cause !== cause) throw malformed(`entry ${entry.id} has another cause than its event`);
  const read: JournalEntry = {
    id: entry.id,
    time: timestampDate(entry.time),
    cause: causeOf(cause),
    causeId: entry.causeId,
    memo: entry.memo,
    accountId: account.id,
    customerId: account.customerId,
    position: entry.position,
    lines: lines.map(readLine),
  };
  const contradiction = contradictionIn(read);
  if (contradiction !== undefined) throw malformed(`entry ${entry.id}: ${contradiction}`);
  const { currency, minor } = fromProto(entry.amount, 'entry.amount');
  if (movedOf(read, currency) !== minor) throw malformed(`entry ${entry.id}: its lines do not move its amount`);
  return read;
}

/** By how much the lines change the account's balance: a prepaid account is a debt, so it grows by credits. */
function movedOf({ lines, accountId }: JournalEntry, currency: string): bigint {
  return lines
    .filter((line) => line.accountId === accountId && line.currency === currency)
    .reduce((sum, { ledger, minor }) => sum + (ledger === 'PREPAID' ? -minor : minor), 0n);
}

function readLine({ ledger, accountId, amount }: JournalLine, index: number): Line {
  const name = ledgerName(ledger);
  if (!name) throw malformed(`lines[${index}] is of the unknown ledger ${ledger}`);
  return { ledger: name, accountId, ...fromProto(amount, `lines[${index}].amount`) };
}

function causeOf(cause: BalanceCause): EntryCause {
  const name = causeName(cause);
  if (!name) throw malformed(`${cause} is not a cause of entries`);
  return name;
}
