import type { Transaction } from '#shared/database/database';
import { tariffFromProto } from '#shared/pricing/fromProto';
import { needsItemAmounts } from '#shared/pricing/needsItems';
import type { TariffTerms } from '../accounts/domain/decideChange.ts';
import { findTariffs } from './store/tariffs.ts';

/**
 * What an order that names a tariff has to know of it; undefined if there is none. It stays so until the commit: a version that prices no lines
 * waits for this line and is refused, or was there before and refuses the line.
 */
export async function tariffTerms(tx: Transaction, id: string): Promise<TariffTerms | undefined> {
  const [found] = await findTariffs(tx, [id], 'for share');
  if (!found) return undefined;
  const { currency, versions } = tariffFromProto(found);
  return { currency, pricesLines: !versions.some(({ components }) => components.some(needsItemAmounts)) };
}
