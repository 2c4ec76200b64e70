import type { Sql } from '#shared/database/database';
import type { Offering, Particulars } from '../offering.ts';
import { findContent } from '../store/contents.ts';
import { spendingLimitsOf } from '../store/spendingLimits.ts';
import { stocksOf } from '../store/stocks.ts';
import { visitTermsOf } from '../store/visitTerms.ts';

/** What an offering of its kind has, the content with its body. */
export async function particularsOf(sql: Sql, { id, kind }: Offering): Promise<Particulars> {
  switch (kind) {
    case 'GOODS':
      return { stock: (await stocksOf(sql, [id])).get(id) };
    case 'CONTENT':
      return { content: await findContent(sql, id) };
    case 'VISIT':
      return { visit: (await visitTermsOf(sql, [id])).get(id) };
    case 'LINE':
      return { spendingLimit: (await spendingLimitsOf(sql, [id])).get(id) };
    case 'RIDE':
      return {};
    default:
      return kind satisfies never;
  }
}
