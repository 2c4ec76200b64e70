import type { Consumer } from '#shared/inbox/consumer';
import type { Implementation } from '#shared/rpc/implement';
import type { Dependencies } from '#shared/runtime/service';
import type { AnySaga } from '#shared/saga/saga';
import type { OrderingConfig } from './config.ts';

export type OrderingDependencies = Dependencies<OrderingConfig>;

/** What one room of the service brings along. A new business is a new room and one more entry in service.ts. */
export interface Room {
  rpc: Implementation[];
  consumers: Consumer[];
  sagas: AnySaga[];
}
