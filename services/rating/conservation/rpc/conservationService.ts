import { ConservationService } from '#proto/rating/v1/conservation_service';
import type { Database } from '#shared/database/database';
import { int64 } from '#shared/int64';
import { implement } from '#shared/rpc/implement';
import { cutPage, pageOf } from '#shared/rpc/page';
import { isBilled } from '../../periods/store/periods.ts';
import { knownBusiness } from '../../rpc/knownBusiness.ts';
import { checkKeys, isText } from '../../rpc/pageKeys.ts';
import { atOneInstant } from '../../store/snapshot.ts';
import { type FileSums, fileFaults } from '../domain/compare.ts';
import { examine } from '../examine.ts';
import { faultToProto } from './convert.ts';

export function conservationService({ database, timeZone }: { database: Database; timeZone: string }) {
  return implement(ConservationService, database, {
    getConservation: async (request) => {
      const { business, period: month } = request;
      const { limit, after } = pageOf(request);
      if (after) checkKeys(after, isText);
      const businessNo = await knownBusiness(database, business);
      const { sums, files, faults, period } = await atOneInstant(database, (tx) =>
        examine(tx, { businessNo, month, timeZone }),
      );
      const behind = files.filter(({ fileId }) => fileId > (after?.[0] ?? ''));
      const page = cutPage(behind, limit, ({ fileId }) => [fileId]);
      return {
        business,
        period: month,
        conserved: faults.length === 0,
        faults: faults.map(faultToProto),
        ratedBytes: int64(sums.rated.bytes),
        ratedRecords: sums.rated.records,
        accumulatedBytes: int64(sums.accumulated.bytes),
        accumulatedRecords: sums.accumulated.records,
        movedBytes: int64(period?.moved_bytes ?? 0n),
        invoicedBytes: int64(period?.invoiced_bytes ?? 0n),
        lateRecords: sums.late.records,
        lateBytes: int64(sums.late.bytes),
        billed: period !== undefined && isBilled(period),
        files: page.rows.map(fileToProto),
        nextPageToken: page.nextPageToken,
      };
    },
  });
}

function fileToProto(file: FileSums) {
  const { keptRejections: _, ...shown } = file;
  return { ...shown, conserved: fileFaults(file).length === 0 };
}
