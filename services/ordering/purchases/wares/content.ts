import { Fault } from '#shared/errors/fault';
import {
  grantEntitlement,
  isOwned,
  lockEntitlement,
  revokeEntitlement,
  takeEntitlement,
} from '../store/entitlements.ts';
import type { Ware } from './ware.ts';

/** Content is bought once and read as often as one likes; until it is first read it can be given back. */
export const content: Ware = {
  look: async (tx, { customerId, offeringId }) =>
    (await isOwned(tx, customerId, offeringId)) ? 'CONTENT_ALREADY_OWNED' : undefined,
  take: async (tx, purchase) => ((await takeEntitlement(tx, purchase)) ? undefined : 'CONTENT_ALREADY_OWNED'),
  putBack: (tx, { orderId }) => revokeEntitlement(tx, orderId),
  handOver: (tx, { orderId }) => grantEntitlement(tx, orderId),
  withdraw: async (tx, { id, offeringId }) => {
    const entitlement = await lockEntitlement(tx, id);
    if (!entitlement) throw new Error(`order ${id} is completed and has granted nothing`);
    if (entitlement.firstReadTime) {
      throw new Fault('CONTENT_ALREADY_READ', {
        message: `${offeringId} was read at ${entitlement.firstReadTime.toISOString()}`,
        metadata: { order_id: id, first_read_time: entitlement.firstReadTime.toISOString() },
      });
    }
    await revokeEntitlement(tx, id);
  },
};
