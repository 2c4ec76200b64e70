import { equals } from '@bufbuild/protobuf';
import type { UpdateOfferingRequest } from '#proto/ordering/v1/catalog_service';
import { OfferingChangedSchema } from '#proto/ordering/v1/events';
import { OfferingSchema } from '#proto/ordering/v1/offering';
import type { Transaction } from '#shared/database/database';
import { invalidField } from '#shared/errors/fault';
import { emit } from '#shared/outbox/outbox';
import type { CallContext } from '#shared/rpc/context';
import { checkEtag } from '#shared/rpc/etag';
import { validateMessage } from '#shared/rpc/validate';
import { applyMask } from '../../fieldMask.ts';
import { lockOffering, updateOfferingRow } from '../store/offerings.ts';
import { offeringNotFound, offeringToProto } from './convert.ts';

const changeable = ['display_name', 'tariff_id'];

/** Changes the named fields; a change to the same values changes nothing, not even the etag. */
export async function updateOffering(request: UpdateOfferingRequest, tx: Transaction, context: CallContext) {
  const changes = request.offering;
  if (!changes) throw invalidField('offering', 'is missing');
  if (changes.id === '') throw invalidField('offering.id', 'is missing');
  const offering = await lockOffering(tx, changes.id);
  if (!offering) throw offeringNotFound(changes.id);
  checkEtag(changes.etag || context.ifMatch, offering.revision);
  const current = offeringToProto(offering);
  const merged = applyMask(OfferingSchema, current, changes, request.updateMask, changeable);
  validateMessage(OfferingSchema, merged, 'offering.');
  if (equals(OfferingSchema, current, merged)) return current;
  const { displayName, tariffId } = merged;
  const changed = { ...offering, displayName, tariffId, revision: offering.revision + 1n };
  await updateOfferingRow(tx, changed);
  const answer = offeringToProto(changed);
  await emit(tx, OfferingChangedSchema, { offering: answer });
  return answer;
}
