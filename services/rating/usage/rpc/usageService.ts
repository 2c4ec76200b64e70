import { UsageFileKind, UsageFileState } from '#proto/rating/v1/usage';
import { UsageService } from '#proto/rating/v1/usage_service';
import type { Database } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { implement } from '#shared/rpc/implement';
import { cutPage, pageOf } from '#shared/rpc/page';
import { checkKeys, isText } from '../../rpc/pageKeys.ts';
import type { UsageImport } from '../import/importUsage.ts';
import { type FileKind, type FileState, findFile, listFiles, type UsageFileRow } from '../store/usageFiles.ts';
import { toUsageFile } from './convert.ts';
import { downloadRejections } from './downloadRejections.ts';
import { importUsageFile } from './importUsageFile.ts';
import { getLineUsage, listUsageRecords } from './lineUsage.ts';
import { batchReportUsage, reportUsage } from './reportUsage.ts';

export interface UsageServiceOptions {
  database: Database;
  imports: UsageImport;
}

export function usageService({ database, imports }: UsageServiceOptions) {
  return implement(UsageService, database, {
    importUsageFile: (requests) => importUsageFile(requests, imports),

    reportUsage: { onTheWire: (messages) => reportUsage(messages, imports) },

    batchReportUsage: (request) => batchReportUsage(request, imports),

    getUsageFile: async ({ file }) => toUsageFile(await theFile(database, file)),

    listUsageFiles: async (request) => {
      const { limit, after } = pageOf(request);
      if (after) checkKeys(after, isText);
      const { business } = request;
      const state = stateNames.get(request.state) ?? '';
      const kind = kindNames.get(request.kind) ?? '';
      const rows = await listFiles(database, { business, state, kind, before: after?.[0], limit: limit + 1 });
      const page = cutPage(rows, limit, ({ id }) => [id]);
      return { usageFiles: page.rows.map(toUsageFile), nextPageToken: page.nextPageToken };
    },

    downloadRejections: async function* ({ file }) {
      yield* downloadRejections(database, (await theFile(database, file)).no);
    },

    getLineUsage: (request, { caller }) => getLineUsage(database, request, caller),
    listUsageRecords: (request, { caller }) => listUsageRecords(database, request, caller),
  });
}

const stateNames = new Map<UsageFileState, FileState>([
  [UsageFileState.IMPORTING, 'IMPORTING'],
  [UsageFileState.IMPORTED, 'IMPORTED'],
  [UsageFileState.FAILED, 'FAILED'],
]);

const kindNames = new Map<UsageFileKind, FileKind>([
  [UsageFileKind.UPLOAD, 'UPLOAD'],
  [UsageFileKind.DROP, 'DROP'],
  [UsageFileKind.REPORT, 'REPORT'],
]);

async function theFile(database: Database, id: string): Promise<UsageFileRow> {
  const row = await findFile(database, id);
  if (!row)
    throw new Fault('USAGE_FILE_NOT_FOUND', { message: `there is no usage file ${id}`, metadata: { file: id } });
  return row;
}
