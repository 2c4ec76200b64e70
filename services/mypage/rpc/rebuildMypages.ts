import type { MypageRebuildSchema } from '#proto/mypage/v1/mypage_rebuild';
import type { RebuildMypagesRequestSchema } from '#proto/mypage/v1/mypage_service';
import { Fault } from '#shared/errors/fault';
import { command } from '#shared/rpc/context';
import { insertRebuild, runningRebuild, sourcesOf } from '../rebuild/record.ts';
import type { StoreKind } from '../store/store.ts';
import { toRebuild } from './convert.ts';

/** Only asks for it; the worker does it. */
export function rebuildMypages(store: StoreKind, sources: readonly string[]) {
  return command<typeof RebuildMypagesRequestSchema, typeof MypageRebuildSchema>(async (_request, tx) => {
    const rebuild = await insertRebuild(tx, store, sources);
    if (rebuild) return toRebuild(rebuild, await sourcesOf(tx, rebuild.id));
    const running = await runningRebuild(tx);
    throw new Fault('REBUILD_IN_PROGRESS', {
      message: 'the pages are being rebuilt already',
      metadata: { rebuild: running?.id ?? '' },
    });
  });
}
