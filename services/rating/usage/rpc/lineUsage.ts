import type { GetLineUsageRequest, ListUsageRecordsRequest } from '#proto/rating/v1/usage_service';
import type { Database } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { int64 } from '#shared/int64';
import type { Caller } from '#shared/rpc/identity';
import { requireOwner } from '#shared/rpc/ownership';
import { cutPage, pageOf } from '#shared/rpc/page';
import { monthBounds } from '#shared/time/month';
import { findAccount, type RatingAccount } from '../../accounts/store/accounts.ts';
import { periodNoOf } from '../../periods/store/periods.ts';
import { checkKeys, isNumber } from '../../rpc/pageKeys.ts';
import { recordsOf } from '../store/records.ts';
import { lineTotal } from '../store/totals.ts';
import { toUsageRecord } from './convert.ts';

export async function getLineUsage(database: Database, { line, period }: GetLineUsageRequest, caller: Caller) {
  const account = await ownAccount(database, line, caller);
  const no = await periodNoOf(database, account.businessNo, period);
  const total = no === undefined ? { bytes: 0n, records: 0n } : await lineTotal(database, no, account.no);
  return { lineId: line, period, totalBytes: int64(total.bytes), records: total.records };
}

export async function listUsageRecords(
  database: Database,
  request: ListUsageRecordsRequest,
  caller: Caller,
  timeZone: string,
) {
  const { lineId, period } = request;
  const { limit, after } = pageOf(request);
  if (after) checkKeys(after, isNumber, isNumber);
  const account = await ownAccount(database, lineId, caller);
  const { start, end } = monthBounds(period, timeZone);
  const rows = await recordsOf(database, { accountNo: account.no, start, end, after, limit: limit + 1 });
  const page = cutPage(rows, limit, ({ micros, slot }) => [String(micros), String(slot)]);
  return {
    usageRecords: page.rows.map((row) => toUsageRecord(row, lineId, period)),
    nextPageToken: page.nextPageToken,
  };
}

/** A customer who asks for another's line learns no more than about a line that does not exist. */
async function ownAccount(database: Database, lineId: string, caller: Caller): Promise<RatingAccount> {
  const notFound = new Fault('LINE_NOT_FOUND', { message: `there is no line ${lineId}`, metadata: { line: lineId } });
  const account = await findAccount(database, lineId);
  if (!account) throw notFound;
  requireOwner(caller, account.customerId, notFound);
  return account;
}
