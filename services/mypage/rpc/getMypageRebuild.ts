import type { GetMypageRebuildRequest } from '#proto/mypage/v1/mypage_service';
import type { Database } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { findRebuild, sourcesOf } from '../rebuild/record.ts';
import { toRebuild } from './convert.ts';

export function getMypageRebuild(database: Database) {
  return async ({ rebuild: id }: GetMypageRebuildRequest) => {
    const rebuild = await findRebuild(database, id);
    if (!rebuild) throw new Fault('REBUILD_NOT_FOUND', { message: `no rebuild has the id ${id}` });
    return toRebuild(rebuild, await sourcesOf(database, id));
  };
}
