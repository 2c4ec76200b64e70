import { toBinary } from '@bufbuild/protobuf';
import { type BatchReportUsageRequest, BatchReportUsageRequestSchema } from '#proto/rating/v1/usage_service';
import { Fault, invalidField } from '#shared/errors/fault';
import { WireReader } from '../engine/wire.ts';
import type { UsageImport } from '../import/importUsage.ts';
import { toUsageFile } from './convert.ts';

const mostRecords = 10_000;
const mostRejections = 1_000;
const longestSource = 500;

/** Takes some records in one call. */
export async function batchReportUsage(request: BatchReportUsageRequest, imports: UsageImport) {
  const { business, source } = request;
  const message = toBinary(BatchReportUsageRequestSchema, request);
  async function* messages() {
    yield message;
  }
  const { row, rejections } = await imports.report({ business, source, mostRejections: mostRecords }, messages());
  return { file: toUsageFile(row), rejections: rejections.map(toRejection) };
}

/** Takes a stream of records. The messages stay as they are on the wire: only who sends them is read here. */
export async function reportUsage(messages: AsyncIterable<Uint8Array>, imports: UsageImport) {
  const all = messages[Symbol.asyncIterator]();
  const first = await all.next();
  if (first.done) throw invalidField('business', 'is required');
  const { business, source } = namesIn(first.value);
  if (business === '') throw invalidField('business', 'is required');
  async function* checked() {
    try {
      for (let message = first; !message.done; message = await all.next()) {
        const names = message === first ? { business } : namesIn(message.value);
        if (names.business !== '' && names.business !== business) {
          throw invalidField('business', 'differs from the first message');
        }
        yield message.value;
      }
    } finally {
      await all.return?.();
    }
  }
  const { row, rejections } = await imports.report({ business, source, mostRejections }, checked());
  return { file: toUsageFile(row), rejections: rejections.map(toRejection) };
}

export function toRejection({
  index,
  id,
  reason,
  detail,
}: {
  index: number;
  id: string;
  reason: string;
  detail: string;
}) {
  return { index: BigInt(index), recordId: id.replaceAll(/[^\x20-\x7e]/g, '?'), reason, detail };
}

/** Business and source of a message, by the contract's rules for them; its records are only counted. */
function namesIn(message: Uint8Array): { business: string; source: string } {
  const names = { business: '', source: '' };
  const fields = new WireReader(message, 0, message.length);
  let records = 0;
  while (fields.next()) {
    const text = () => Buffer.from(message.subarray(fields.from, fields.to)).toString('utf8');
    if (fields.wireType !== 2) continue;
    if (fields.field === 1) names.business = text();
    else if (fields.field === 2) names.source = text();
    else if (fields.field === 3) records++;
  }
  if (fields.broken)
    throw new Fault('INVALID_REQUEST', { message: 'the bytes are no jangbu.rating.v1.ReportUsageRequest' });
  if (names.business !== '' && !/^[a-z][a-z0-9-]{0,31}$/.test(names.business)) {
    throw invalidField('business', 'must match ^[a-z][a-z0-9-]{0,31}$');
  }
  if (names.source.length > longestSource) throw invalidField('source', 'has more than 500 characters');
  if (names.source.includes('\0')) throw invalidField('source', 'has a character that no text has');
  if (records > mostRecords) throw invalidField('records', 'has more than 10000 items');
  return names;
}
