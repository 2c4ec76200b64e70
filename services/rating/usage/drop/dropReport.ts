import { create, toJson } from '@bufbuild/protobuf';
import { UsageFileSchema } from '#proto/rating/v1/usage';
import { toUsageFile } from '../rpc/convert.ts';
import type { UsageFileRow } from '../store/usageFiles.ts';

/** What stands beside an imported file: the usage file as `GET /v1/usageFiles/{file}` shows it. */
export function dropReport(row: UsageFileRow): object {
  return toJson(UsageFileSchema, create(UsageFileSchema, toUsageFile(row)), { alwaysEmitImplicit: true }) as object;
}
