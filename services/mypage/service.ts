import { MypageService } from '#proto/mypage/v1/mypage_service';
import { implement } from '#shared/rpc/implement';
import { type Dependencies, type Overrides, type RunningService, startService } from '#shared/runtime/service';
import { eventLogs } from './calls.ts';
import type { MypageConfig } from './config.ts';
import { liveConsumers, sources } from './consumers/sources.ts';
import { rebuildWorker } from './rebuild/rebuild.ts';
import { getMypage } from './rpc/getMypage.ts';
import { getMypageRebuild } from './rpc/getMypageRebuild.ts';
import { listTimeline } from './rpc/listTimeline.ts';
import { rebuildMypages } from './rpc/rebuildMypages.ts';
import { watchMypage } from './rpc/watchMypage.ts';
import { Generations } from './store/generations.ts';
import { kvStore } from './store/kv/kvStore.ts';
import { postgresStore } from './store/postgres/postgresStore.ts';
import { View } from './store/view.ts';
import { Feed } from './watch/feed.ts';

export function startMypage(config: MypageConfig, overrides?: Overrides): Promise<RunningService> {
  const made = sources(config.timeZone);
  const names = made.map(({ name }) => name);
  const rooms = once(({ database, nats, log }: Dependencies<MypageConfig>) => {
    const stores = { postgres: postgresStore(database), 'nats-kv': kvStore(nats, config.bucket) };
    const generations = new Generations(database, stores, config.store, names);
    return { generations, view: new View(generations), feed: new Feed(database, generations, log) };
  });
  return startService({
    name: 'mypage',
    config,
    overrides,
    migrations: new URL('./migrations/', import.meta.url),
    answersFromBroker: config.store === 'nats-kv',
    rpc: (dependencies) => {
      const { database, draining } = dependencies;
      const { view, feed } = rooms(dependencies);
      const handlers = {
        getMypage: getMypage(view),
        listTimeline: listTimeline(view),
        watchMypage: watchMypage(view, feed, draining),
        rebuildMypages: rebuildMypages(config.store, names),
        getMypageRebuild: getMypageRebuild(database),
      };
      return [implement(MypageService, database, handlers)];
    },
    consumers: (dependencies) => made.flatMap((source) => liveConsumers(source, rooms(dependencies).view)),
    workers: (dependencies) => {
      const { database, clients, log } = dependencies;
      const { generations } = rooms(dependencies);
      const clientOf = ({ name }: (typeof made)[number]) => clients.for(eventLogs, name);
      return [rebuildWorker({ database, generations, sources: made, clientOf, log })];
    },
  });
}

/** The parts are made when the service's dependencies are there, and shared by whoever needs them. */
function once<A, B>(make: (argument: A) => B): (argument: A) => B {
  let made: { value: B } | undefined;
  return (argument) => {
    made ??= { value: make(argument) };
    return made.value;
  };
}
