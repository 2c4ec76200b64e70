import type { GetOfferingRequest } from '#proto/ordering/v1/catalog_service';
import type { Sql } from '#shared/database/database';
import type { CallContext } from '#shared/rpc/context';
import { findOffering } from '../store/offerings.ts';
import { offeringNotFound, offeringToProto, openly } from './convert.ts';
import { particularsOf } from './particulars.ts';

/** What the customer reads is sold, so only operators get it here. */
export function getOffering(sql: Sql) {
  return async ({ offering: id }: GetOfferingRequest, { caller }: CallContext) => {
    const offering = await findOffering(sql, id);
    if (!offering) throw offeringNotFound(id);
    const { content, ...others } = await particularsOf(sql, offering);
    return offeringToProto(offering, {
      ...others,
      content: caller.roles.has('operator') ? content : openly({ content }).content,
    });
  };
}
