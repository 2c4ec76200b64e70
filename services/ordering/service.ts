import { type Overrides, type RunningService, startService } from '#shared/runtime/service';
import type { OrderingConfig } from './config.ts';
import { rooms } from './rooms.ts';

export function startOrdering(config: OrderingConfig, overrides?: Overrides): Promise<RunningService> {
  return startService({
    name: 'ordering',
    config,
    overrides,
    migrations: new URL('./migrations/', import.meta.url),
    rpc: (dependencies) => rooms(dependencies).flatMap(({ rpc }) => rpc),
    consumers: (dependencies) => rooms(dependencies).flatMap(({ consumers }) => consumers),
    sagas: (dependencies) => rooms(dependencies).flatMap(({ sagas }) => sagas),
    workers: (dependencies) => rooms(dependencies).flatMap(({ workers = [] }) => workers),
  });
}
