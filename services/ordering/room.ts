import type { Consumer } from '#shared/inbox/consumer';
import type { Implementation } from '#shared/rpc/implement';
import type { Dependencies } from '#shared/runtime/service';
import type { AnySaga } from '#shared/saga/saga';
import type { Worker } from '#shared/worker/worker';
import type { OrderingConfig } from './config.ts';
import type { Cancellers } from './orders/canceller.ts';

export type OrderingDependencies = Dependencies<OrderingConfig>;

/** What one room of the service brings along. A new business is a new room and one more entry in rooms.ts. */
export interface Room {
  rpc: Implementation[];
  consumers: Consumer[];
  sagas: AnySaga[];
  workers?: Worker[];
  /** How its kinds of orders are taken back, where they are. */
  cancellers?: Cancellers;
}
