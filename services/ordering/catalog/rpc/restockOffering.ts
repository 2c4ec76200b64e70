import type { RestockOfferingRequest } from '#proto/ordering/v1/catalog_service';
import type { Transaction } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import type { CallContext } from '#shared/rpc/context';
import { checkEtag } from '#shared/rpc/etag';
import { findOffering } from '../store/offerings.ts';
import { addStock } from '../store/stocks.ts';
import { offeringNotFound, offeringToProto } from './convert.ts';

/** Adds pieces to the stock. The offering itself does not change, so neither does its etag, and nobody is told. */
export async function restockOffering(
  { offering: id, quantity }: RestockOfferingRequest,
  tx: Transaction,
  { ifMatch }: CallContext,
) {
  const offering = await findOffering(tx, id);
  if (!offering) throw offeringNotFound(id);
  checkEtag(ifMatch, offering.revision);
  if (offering.kind !== 'GOODS') {
    throw new Fault('OFFERING_KIND_MISMATCH', {
      message: `offering ${id} is of kind ${offering.kind}; only GOODS have a stock`,
      metadata: { offering_id: id, kind: offering.kind },
    });
  }
  return offeringToProto(offering, { stock: await addStock(tx, id, quantity) });
}
