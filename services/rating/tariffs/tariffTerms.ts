import type { Sql } from '#shared/database/database';
import { tariffFromProto } from '#shared/pricing/fromProto';
import { needsItemAmounts } from '#shared/pricing/needsItems';
import type { TariffTerms } from '../accounts/domain/decideChange.ts';
import { findTariffs } from './store/tariffs.ts';

/** What an order that names a tariff has to know of it; undefined if there is none. */
export async function tariffTerms(sql: Sql, id: string): Promise<TariffTerms | undefined> {
  const [found] = await findTariffs(sql, [id]);
  if (!found) return undefined;
  const { currency, versions } = tariffFromProto(found);
  return { currency, pricesLines: !versions.some(({ components }) => components.some(needsItemAmounts)) };
}
