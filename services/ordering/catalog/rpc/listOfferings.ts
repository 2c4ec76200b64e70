import type { ListOfferingsRequest } from '#proto/ordering/v1/catalog_service';
import type { Sql } from '#shared/database/database';
import { cutPage } from '#shared/rpc/page';
import { pageByTime, timeAndId } from '../../keyset.ts';
import { contentsOf } from '../store/contents.ts';
import { listOfferingRows } from '../store/offerings.ts';
import { spendingLimitsOf } from '../store/spendingLimits.ts';
import { stocksOf } from '../store/stocks.ts';
import { visitTermsOf } from '../store/visitTerms.ts';
import { offeringToProto } from './convert.ts';

export function listOfferings(sql: Sql) {
  return async (request: ListOfferingsRequest) => {
    const { limit, after } = pageByTime(request);
    const offerings = await listOfferingRows(sql, { business: request.business, after, limit: limit + 1 });
    const { rows, nextPageToken } = cutPage(offerings, limit, timeAndId);
    const ids = rows.map(({ id }) => id);
    const [stocks, contents, terms, limits] = await Promise.all([
      stocksOf(sql, ids),
      contentsOf(sql, ids),
      visitTermsOf(sql, ids),
      spendingLimitsOf(sql, ids),
    ]);
    const answers = rows.map((offering) =>
      offeringToProto(offering, {
        stock: stocks.get(offering.id),
        content: contents.get(offering.id),
        visit: terms.get(offering.id),
        spendingLimit: limits.get(offering.id),
      }),
    );
    return { offerings: answers, nextPageToken };
  };
}
