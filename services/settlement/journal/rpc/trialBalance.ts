import { timestampDate } from '@bufbuild/protobuf/wkt';
import type { GetTrialBalanceRequest } from '#proto/settlement/v1/journal_service';
import type { Database } from '#shared/database/database';
import { inSnapshot } from '../../store/snapshot.ts';
import { readComparedTo } from '../store/comparison.ts';
import { countOpen } from '../store/differences.ts';
import { countEntries, readTrialSums } from '../store/trialSums.ts';
import { trialToProto } from './convert.ts';

/** The trial balance of a time; all of it is of one instant of the database. */
export function trialBalanceAt(database: Database, time: Date) {
  return inSnapshot(database, async (sql) =>
    trialToProto({
      time,
      sums: await readTrialSums(sql, time),
      entries: await countEntries(sql, time),
      comparedTo: await readComparedTo(sql),
      openDifferences: await countOpen(sql),
    }),
  );
}

export function getTrialBalance(database: Database, now: () => Date) {
  return ({ time }: GetTrialBalanceRequest) => trialBalanceAt(database, time ? timestampDate(time) : now());
}
