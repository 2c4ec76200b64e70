import type { ListOfferingsRequest } from '#proto/ordering/v1/catalog_service';
import type { Sql } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { cutPage } from '#shared/rpc/page';
import { pageBy } from '../../keyset.ts';
import { listOfferingRows } from '../store/offerings.ts';
import { offeringToProto } from './convert.ts';

export function listOfferings(sql: Sql) {
  return async (request: ListOfferingsRequest) => {
    const { limit, after } = pageBy(2, request);
    const offerings = await listOfferingRows(sql, {
      business: request.business,
      after: after && keys(after),
      limit: limit + 1,
    });
    const { rows, nextPageToken } = cutPage(offerings, limit, ({ createTime, id }) => [createTime.toISOString(), id]);
    return { offerings: rows.map(offeringToProto), nextPageToken };
  };
}

function keys([time = '', id = '']: string[]): { createTime: Date; id: string } {
  const createTime = new Date(time);
  if (Number.isNaN(createTime.getTime())) {
    throw new Fault('PAGE_TOKEN_INVALID', { message: 'page_token is not one of this method' });
  }
  return { createTime, id };
}
