import { type Overrides, type RunningService, startService } from '#shared/runtime/service';
import { catalogRoom } from './catalog/room.ts';
import type { OrderingConfig } from './config.ts';
import { customersRoom } from './customers/room.ts';
import { linesRoom } from './lines/room.ts';
import { ordersRoom } from './orders/room.ts';
import type { OrderingDependencies, Room } from './room.ts';

/** Building a room has no effect, so each list below builds them anew. */
function rooms(dependencies: OrderingDependencies): Room[] {
  return [customersRoom, catalogRoom, ordersRoom, linesRoom].map((room) => room(dependencies));
}

export function startOrdering(config: OrderingConfig, overrides?: Overrides): Promise<RunningService> {
  return startService({
    name: 'ordering',
    config,
    overrides,
    migrations: new URL('./migrations/', import.meta.url),
    rpc: (dependencies) => rooms(dependencies).flatMap(({ rpc }) => rpc),
    consumers: (dependencies) => rooms(dependencies).flatMap(({ consumers }) => consumers),
    sagas: (dependencies) => rooms(dependencies).flatMap(({ sagas }) => sagas),
  });
}
