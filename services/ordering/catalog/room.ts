import { CatalogService } from '#proto/ordering/v1/catalog_service';
import { command } from '#shared/rpc/context';
import { implement } from '#shared/rpc/implement';
import type { OrderingDependencies, Room } from '../room.ts';
import { createOffering } from './rpc/createOffering.ts';
import { getOffering } from './rpc/getOffering.ts';
import { listOfferings } from './rpc/listOfferings.ts';
import { restockOffering } from './rpc/restockOffering.ts';
import { updateOffering } from './rpc/updateOffering.ts';

/** What the businesses sell. */
export function catalogRoom({ database, clock }: OrderingDependencies): Room {
  const service = implement(CatalogService, database, {
    createOffering: command(createOffering(() => clock.now())),
    getOffering: getOffering(database),
    listOfferings: listOfferings(database),
    updateOffering: command(updateOffering),
    restockOffering: command(restockOffering),
  });
  return { rpc: [service], consumers: [], sagas: [] };
}
