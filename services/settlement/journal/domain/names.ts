import { BalanceCause, Ledger as ProtoLedger } from '#proto/billing/v1/entry';
import type { EntryCause, Ledger } from './entry.ts';

const ledgers = new Map<number, string>(Object.entries(ProtoLedger).map(([name, value]) => [value, name]));
const causes = new Map<number, string>(Object.entries(BalanceCause).map(([name, value]) => [value, name]));
const notOfEntries: ReadonlySet<BalanceCause> = new Set([
  BalanceCause.UNSPECIFIED,
  BalanceCause.RESERVE,
  BalanceCause.RELEASE,
  BalanceCause.RESERVATION_EXPIRY,
]);

/** Name of a ledger; undefined for one that this version does not know. */
export function ledgerName(ledger: ProtoLedger): Ledger | undefined {
  return ledger === ProtoLedger.UNSPECIFIED ? undefined : (ledgers.get(ledger) as Ledger | undefined);
}

/** Name of what an entry was posted for; undefined for what moves no balance, or is unknown to this version. */
export function causeName(cause: BalanceCause): EntryCause | undefined {
  return notOfEntries.has(cause) ? undefined : (causes.get(cause) as EntryCause | undefined);
}
