import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { ReadContentRequest } from '#proto/ordering/v1/purchase_service';
import type { Database } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { offeringNotFound } from '../../catalog/rpc/convert.ts';
import { findContent } from '../../catalog/store/contents.ts';
import { findOffering } from '../../catalog/store/offerings.ts';
import { lockOrder } from '../../orders/store/readOrders.ts';
import { emitContentRead } from '../events.ts';
import { type Entitlement, findEntitlement, lockEntitlement } from '../store/entitlements.ts';
import { insertRead, wasRead } from '../store/reads.ts';

/** Reads the newest version. Only the first time of each version is an event, and only the first of all makes the purchase final. */
export function readContent(database: Database, clock: () => Date) {
  return async ({ offering: offeringId, customerId }: ReadContentRequest) => {
    const content = await findContent(database, offeringId);
    if (!content) throw await nothingToRead(database, offeringId);
    const found = await findEntitlement(database, customerId, offeringId);
    if (!found) throw notOwned(offeringId);
    const again = found.firstReadTime && (await wasRead(database, found.orderId, content.version));
    const entitlement = again ? found : await firstReading(database, found.orderId, content.version, clock());
    if (!entitlement?.firstReadTime) throw notOwned(offeringId);
    return {
      offeringId,
      content,
      orderId: entitlement.orderId,
      firstReadTime: timestampFromDate(entitlement.firstReadTime),
    };
  };
}

/** Undefined if the purchase was cancelled a moment ago: a cancellation and the first reading meet at the order's row. */
function firstReading(
  database: Database,
  orderId: string,
  version: number,
  now: Date,
): Promise<Entitlement | undefined> {
  return database.transaction(async (tx) => {
    const order = await lockOrder(tx, orderId);
    const entitlement = await lockEntitlement(tx, orderId);
    if (!order || !entitlement) return undefined;
    if (await insertRead(tx, orderId, version, now)) await emitContentRead(tx, order, version);
    return { ...entitlement, firstReadTime: entitlement.firstReadTime ?? now };
  });
}

async function nothingToRead(database: Database, offeringId: string): Promise<Fault> {
  const offering = await findOffering(database, offeringId);
  if (!offering) return offeringNotFound(offeringId);
  return new Fault('OFFERING_KIND_MISMATCH', {
    message: `offering ${offeringId} is of kind ${offering.kind}; only CONTENT is read`,
    metadata: { offering_id: offeringId, kind: offering.kind },
  });
}

function notOwned(offeringId: string): Fault {
  return new Fault('CONTENT_NOT_OWNED', {
    message: `the customer has not bought ${offeringId}`,
    metadata: { offering_id: offeringId },
  });
}
