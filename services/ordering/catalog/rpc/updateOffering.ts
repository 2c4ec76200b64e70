import { create, equals } from '@bufbuild/protobuf';
import type { UpdateOfferingRequest } from '#proto/ordering/v1/catalog_service';
import { OfferingChangedSchema } from '#proto/ordering/v1/events';
import { OfferingSchema, VisitTermsSchema } from '#proto/ordering/v1/offering';
import type { Transaction } from '#shared/database/database';
import { invalidField } from '#shared/errors/fault';
import { emit } from '#shared/outbox/outbox';
import type { CallContext } from '#shared/rpc/context';
import { checkEtag } from '#shared/rpc/etag';
import { validateMessage } from '#shared/rpc/validate';
import { applyMask } from '../../fieldMask.ts';
import type { Content } from '../offering.ts';
import { checkParticulars, sameTerms, termsOf, uploaded } from '../particulars.ts';
import { limitFromProto, limitToProto, sameLimit } from '../spendingLimit.ts';
import { updateContent } from '../store/contents.ts';
import { lockOffering, updateOfferingRow } from '../store/offerings.ts';
import { saveSpendingLimit } from '../store/spendingLimits.ts';
import { updateVisitTerms } from '../store/visitTerms.ts';
import { offeringNotFound, offeringToProto, openly } from './convert.ts';
import { particularsOf } from './particulars.ts';

const changeable = [
  'display_name',
  'tariff_id',
  'content',
  'content.author',
  'content.episode',
  'content.body',
  'visit',
  'visit.penalty_points',
  'visit.ban_threshold',
  'spending_limit',
  'spending_limit.amount',
  'spending_limit.suspend',
];

/**
 * Changes the named fields; a change to the same values changes nothing, not even the etag. Changed content is a new version, which
 * whoever bought it reads from then on. Changed rules of visits count from the next penalty or release on, a changed limit for
 * spending from a line's next order on.
 */
export async function updateOffering(request: UpdateOfferingRequest, tx: Transaction, context: CallContext) {
  const changes = request.offering;
  if (!changes) throw invalidField('offering', 'is missing');
  if (changes.id === '') throw invalidField('offering.id', 'is missing');
  const offering = await lockOffering(tx, changes.id);
  if (!offering) throw offeringNotFound(changes.id);
  checkEtag(changes.etag || context.ifMatch, offering.revision);
  const particulars = await particularsOf(tx, offering);
  const current = offeringToProto(offering, particulars);
  const merged = applyMask(OfferingSchema, current, changes, request.updateMask, changeable);
  validateMessage(OfferingSchema, merged, 'offering.');
  const violations = checkParticulars(offering.kind, merged);
  if (violations[0]) throw invalidField(violations[0].field, violations[0].description);
  const content = particulars.content && merged.content && uploaded(particulars.content, written(merged.content));
  if (merged.content && content) merged.content.version = content.version;
  const visit = particulars.visit && termsOf(merged.visit);
  // Rules that were cleared are rules of nothing, as for a new offering.
  if (visit) merged.visit = create(VisitTermsSchema, visit);
  const spendingLimit = limitFromProto(merged.spendingLimit);
  // The same amount may be written in another way.
  merged.spendingLimit = limitToProto(spendingLimit);
  if (equals(OfferingSchema, current, merged)) return current;
  const { displayName, tariffId } = merged;
  const changed = { ...offering, displayName, tariffId, revision: offering.revision + 1n };
  await updateOfferingRow(tx, changed);
  if (content && content !== particulars.content) await updateContent(tx, offering.id, content);
  if (particulars.visit && visit && !sameTerms(particulars.visit, visit))
    await updateVisitTerms(tx, offering.id, visit);
  if (!sameLimit(particulars.spendingLimit, spendingLimit)) await saveSpendingLimit(tx, offering.id, spendingLimit);
  const now = { ...particulars, content, visit, spendingLimit };
  await emit(tx, OfferingChangedSchema, { offering: offeringToProto(changed, openly(now)) });
  return offeringToProto(changed, now);
}

function written({ author, episode, body }: Content): Omit<Content, 'version'> {
  return { author, episode, body };
}
