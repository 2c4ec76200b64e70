import type { Database } from '#shared/database/database';
import { Fault, invalidField } from '#shared/errors/fault';
import type { ReportedRejection } from '../usage/engine/protocol.ts';
import type { Inputs } from '../usage/import/inputs.ts';
import { newWork, type Owner, type Way } from '../usage/import/work.ts';
import type { Chunk } from './forward.ts';
import { businessOfFiles } from './store/chunks.ts';

export interface ChunkTaking {
  database: Database;
  pipeline: Way;
  inputs: Inputs;
  mostLines: number;
}

/** Commits chunks of files that another process receives, in one batch: what is cut could not be told from what was committed before. */
export async function takeChunks(chunks: Chunk[], taking: ChunkTaking): Promise<ReportedRejection[][]> {
  const { database, pipeline, inputs, mostLines } = taking;
  const sum = (of: (chunk: Chunk) => number) => chunks.reduce((all, each) => all + of(each), 0);
  if (sum(({ bytes }) => bytes.length) > inputs.bytes)
    throw invalidField('chunks', `has more than ${inputs.bytes} bytes`);
  if (sum(({ numbers }) => numbers.length) > mostLines)
    throw invalidField('chunks', `has more than ${mostLines} lines`);
  const fileNos = chunks.map(({ fileNo }) => fileNo);
  const businessNo = await businessOfFiles(database, fileNos);
  if (businessNo === undefined) {
    throw new Fault('USAGE_FILE_INTERRUPTED', { message: 'not all of the files are being imported for one business' });
  }
  const input = await inputs.take();
  try {
    const owners = chunks.map(({ fileNo, bytesRead }) => new ForeignOwner(fileNo, bytesRead));
    const parts = owners.map((owner, index) => {
      const { bytes, ...chunk } = chunks[index] as Chunk;
      const from = input.length;
      input.bytes.set(bytes, from);
      input.length += bytes.length;
      return { ...chunk, owner, from, to: input.length, firstLine: 0, overlong: false };
    });
    await pipeline.submit(newWork(businessNo, input, parts));
    for (const { failure } of owners) if (failure !== undefined) throw failure;
    return owners.map(({ rejections }) => rejections);
  } finally {
    inputs.giveBack(input);
  }
}

/** A file of another process, as far as one chunk goes. */
class ForeignOwner implements Owner {
  readonly fileNo: number;
  readonly bytesRead: number;
  failure: unknown;
  nextLine = 0;
  rejections: ReportedRejection[] = [];

  constructor(fileNo: number, bytesRead: number) {
    this.fileNo = fileNo;
    this.bytesRead = bytesRead;
  }

  committed({ rejections }: { rejections: ReportedRejection[] }): void {
    this.rejections = rejections;
  }
}
