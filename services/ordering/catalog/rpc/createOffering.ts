import type { CreateOfferingRequest } from '#proto/ordering/v1/catalog_service';
import { OfferingChangedSchema } from '#proto/ordering/v1/events';
import type { Transaction } from '#shared/database/database';
import { Fault, invalidField } from '#shared/errors/fault';
import { newId } from '#shared/ids';
import { emit } from '#shared/outbox/outbox';
import type { Offering } from '../offering.ts';
import { insertOffering } from '../store/offerings.ts';
import { kindFromProto, offeringToProto } from './convert.ts';

/**
 * Adds an offering. Whether its tariff exists is rating's to say: a copy of the tariffs here would refuse a tariff that was
 * added a moment ago, so an offering without one is taken, and activating a line of it is refused with TARIFF_NOT_FOUND.
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
    if (!(await insertOffering(tx, offering))) {
      throw new Fault('ID_TAKEN', {
        message: `there is an offering ${offering.id} already`,
        metadata: { offering_id: offering.id },
      });
    }
    const answer = offeringToProto(offering);
    await emit(tx, OfferingChangedSchema, { offering: answer });
    return answer;
  };
}
