import type { GetLineUsageRequest, ListUsageRecordsRequest } from '#proto/rating/v1/usage_service';
import type { Database, Sql } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { int64 } from '#shared/int64';
import type { Caller } from '#shared/rpc/identity';
import { requireOwner } from '#shared/rpc/ownership';
import { cutPage, pageOf } from '#shared/rpc/page';
import { findAccount, type RatingAccount } from '../../accounts/store/accounts.ts';
import { periodNoOf } from '../../periods/store/periods.ts';
import { checkKeys, isNumber } from '../../rpc/pageKeys.ts';
import { monthNumber } from '../domain/months.ts';
import { partitionOf } from '../domain/partition.ts';
import { lineCorrections } from '../store/lineCorrections.ts';
import { lineRecords } from '../store/lineRecords.ts';
import { lineTotal } from '../store/totals.ts';
import { fileIds } from '../store/usageFiles.ts';
import { toUsageRecord } from './convertRecord.ts';

export async function getLineUsage(database: Database, { line, period }: GetLineUsageRequest, caller: Caller) {
  const account = await ownAccount(database, line, caller);
  const no = await periodNoOf(database, account.businessNo, period);
  const total = no === undefined ? { bytes: 0n, records: 0n } : await lineTotal(database, no, account.no);
  return { lineId: line, period, totalBytes: int64(total.bytes), records: total.records };
}

export async function listUsageRecords(database: Database, request: ListUsageRecordsRequest, caller: Caller) {
  const { lineId, period } = request;
  const { limit, after } = pageOf(request);
  if (after) checkKeys(after, isNumber, isNumber, isNumber);
  const [time, batch, place] = (after ?? []).map(Number);
  const account = await ownAccount(database, lineId, caller);
  const of = {
    businessNo: account.businessNo,
    partition: partitionOf(account.businessNo, account.serviceNumber),
    accountNo: account.no,
    month: monthNumber(period),
  };
  const key = after ? { time: time ?? 0, batch: batch ?? 0, place: place ?? 0 } : undefined;
  const records = await lineRecords(database, of, key, limit + 1);
  const page = cutPage(records, limit, (record) => [String(record.time), String(record.batch), String(record.place)]);
  const corrections = await lineCorrections(database, of);
  const files = await filesOf(database, page.rows);
  return {
    usageRecords: page.rows.map((record) => toUsageRecord(record, { account, period, of, corrections, files })),
    nextPageToken: page.nextPageToken,
  };
}

function filesOf(sql: Sql, records: { fileNo: number }[]): Promise<Map<number, string>> {
  return fileIds(sql, [...new Set(records.map(({ fileNo }) => fileNo))]);
}

/** A customer who asks for another's line learns no more than about a line that does not exist. */
async function ownAccount(database: Database, lineId: string, caller: Caller): Promise<RatingAccount> {
  const notFound = new Fault('LINE_NOT_FOUND', { message: `there is no line ${lineId}`, metadata: { line: lineId } });
  const account = await findAccount(database, lineId);
  if (!account) throw notFound;
  requireOwner(caller, account.customerId, notFound);
  return account;
}
