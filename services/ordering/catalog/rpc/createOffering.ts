import type { CreateOfferingRequest } from '#proto/ordering/v1/catalog_service';
import { OfferingChangedSchema } from '#proto/ordering/v1/events';
import type { Offering as ProtoOffering } from '#proto/ordering/v1/offering';
import type { Transaction } from '#shared/database/database';
import { Fault, invalidField } from '#shared/errors/fault';
import { newId } from '#shared/ids';
import { emit } from '#shared/outbox/outbox';
import type { Offering, Particulars } from '../offering.ts';
import { checkParticulars, termsOf } from '../particulars.ts';
import { limitFromProto } from '../spendingLimit.ts';
import { insertContent } from '../store/contents.ts';
import { insertOffering } from '../store/offerings.ts';
import { saveSpendingLimit } from '../store/spendingLimits.ts';
import { insertStock } from '../store/stocks.ts';
import { insertVisitTerms } from '../store/visitTerms.ts';
import { kindFromProto, offeringToProto, openly } from './convert.ts';

/**
 * Adds an offering. Whether its tariff exists is rating's to say: a copy of the tariffs here would refuse a tariff that was
 * added a moment ago, so an offering without one is taken, and ordering it is refused with TARIFF_NOT_FOUND.
 */
export function createOffering(now: () => Date) {
  return async ({ offering: wanted }: CreateOfferingRequest, tx: Transaction) => {
    if (!wanted) throw invalidField('offering', 'is missing');
    const { business, displayName, tariffId } = wanted;
    const offering: Offering = {
      id: wanted.id || newId(),
      business,
      kind: kindFromProto(wanted.kind),
      displayName,
      tariffId,
      createTime: now(),
      revision: 1n,
    };
    const particulars = particularsOf(offering, wanted);
    if (!(await insertOffering(tx, offering))) {
      throw new Fault('ID_TAKEN', {
        message: `there is an offering ${offering.id} already`,
        metadata: { offering_id: offering.id },
      });
    }
    const { stock, content, visit, spendingLimit } = particulars;
    if (stock !== undefined) await insertStock(tx, offering.id, stock);
    if (content) await insertContent(tx, offering.id, content);
    if (visit) await insertVisitTerms(tx, offering.id, visit);
    if (spendingLimit) await saveSpendingLimit(tx, offering.id, spendingLimit);
    await emit(tx, OfferingChangedSchema, { offering: offeringToProto(offering, openly(particulars)) });
    return offeringToProto(offering, particulars);
  };
}

function particularsOf({ kind }: Offering, wanted: ProtoOffering): Particulars {
  const { stock, content, visit, spendingLimit } = wanted;
  const violations = checkParticulars(kind, wanted);
  if (violations.length > 0) {
    const message = violations.map(({ field, description }) => `${field}: ${description}`).join('; ');
    throw new Fault('INVALID_REQUEST', { message, violations });
  }
  if (kind === 'LINE') return { spendingLimit: limitFromProto(spendingLimit) };
  if (kind === 'GOODS') return { stock };
  if (kind === 'VISIT') return { visit: termsOf(visit) };
  if (!content) return {};
  const { author, episode, body } = content;
  return { content: { author, episode, body, version: 1 } };
}
