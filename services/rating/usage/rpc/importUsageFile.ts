import type { ImportUsageFileRequest } from '#proto/rating/v1/usage_service';
import { invalidField } from '#shared/errors/fault';
import type { UsageImport } from '../import/importUsage.ts';
import { toUsageFile } from './convert.ts';

/** IOT-6: business and source stand in the first piece; the answer comes when the last record is committed. */
export async function importUsageFile(requests: AsyncIterable<ImportUsageFileRequest>, imports: UsageImport) {
  const pieces = requests[Symbol.asyncIterator]();
  const first = await pieces.next();
  const business = first.done ? '' : first.value.business;
  if (business === '') throw invalidField('business', 'is required');
  const source = first.done ? '' : first.value.source;
  if (source.includes('\0')) throw invalidField('source', 'has a character that no text has');

  async function* bytes(): AsyncGenerator<Uint8Array> {
    try {
      for (let piece = first; !piece.done; piece = await pieces.next()) {
        if (piece.value.business !== '' && piece.value.business !== business) {
          throw invalidField('business', 'differs from the first piece');
        }
        yield piece.value.file?.data ?? new Uint8Array();
      }
    } finally {
      await pieces.return?.();
    }
  }
  return toUsageFile(await imports.run({ business, source, pieces: bytes() }));
}
