import { catalogRoom } from './catalog/room.ts';
import { customersRoom } from './customers/room.ts';
import { linesRoom } from './lines/room.ts';
import { ordersRoom } from './orders/room.ts';
import { purchasesRoom } from './purchases/room.ts';
import { ridesRoom } from './rides/room.ts';
import type { OrderingDependencies, Room } from './room.ts';
import { visitsRoom } from './visits/room.ts';

/** Every room of the service. Building a room has no effect. */
export function rooms(dependencies: OrderingDependencies): Room[] {
  const others = [customersRoom, catalogRoom, linesRoom, purchasesRoom, ridesRoom, visitsRoom].map((room) =>
    room(dependencies),
  );
  const cancellers = Object.assign({}, ...others.map((room) => room.cancellers));
  return [...others, ordersRoom(dependencies, cancellers)];
}
