import { type UsageChunk, UsageChunkFormat } from '#proto/rating/v1/usage_partition';
import { UsagePartitionService } from '#proto/rating/v1/usage_partition_service';
import type { Database } from '#shared/database/database';
import { invalidField } from '#shared/errors/fault';
import { implement } from '#shared/rpc/implement';
import type { UsageImport } from '../../usage/import/importUsage.ts';
import { toRejection } from '../../usage/rpc/reportUsage.ts';
import type { Chunk } from '../forward.ts';

export function usagePartitionService(database: Database, imports: UsageImport) {
  return implement(UsagePartitionService, database, {
    takeUsage: async ({ chunks }) => {
      const answers = await imports.take(chunks.map(toChunk));
      return { answers: answers.map((rejections) => ({ rejections: rejections.map(toRejection) })) };
    },
  });
}

function toChunk(message: UsageChunk): Chunk {
  const { fileNo, chunk, format, unterminated, bytesRead, numbers, records } = message;
  if (numbers.length % 4 !== 0) throw invalidField('chunks.numbers', 'is no list of 32-bit integers');
  return {
    fileNo,
    chunk,
    format: format === UsageChunkFormat.REPORT ? 'report' : 'csv',
    fields: format === UsageChunkFormat.CSV_WITH_CORRECTIONS ? 8 : 6,
    last: unterminated,
    bytesRead: Number(bytesRead),
    // A copy, because the message's bytes stand anywhere and integers only at multiples of four.
    numbers: new Int32Array(new Uint8Array(numbers).buffer),
    bytes: records,
  };
}
