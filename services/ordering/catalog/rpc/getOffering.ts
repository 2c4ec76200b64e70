import type { GetOfferingRequest } from '#proto/ordering/v1/catalog_service';
import type { Sql } from '#shared/database/database';
import { findOffering } from '../store/offerings.ts';
import { offeringNotFound, offeringToProto } from './convert.ts';

export function getOffering(sql: Sql) {
  return async ({ offering: id }: GetOfferingRequest) => {
    const offering = await findOffering(sql, id);
    if (!offering) throw offeringNotFound(id);
    return offeringToProto(offering);
  };
}
