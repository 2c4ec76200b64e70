import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { OfferingKind, OfferingSchema, type Offering as ProtoOffering } from '#proto/ordering/v1/offering';
import { Fault, invalidField } from '#shared/errors/fault';
import { etagOf } from '#shared/rpc/etag';
import type { OfferingKind as Kind, Offering, Particulars } from '../offering.ts';
import { limitToProto } from '../spendingLimit.ts';

export function offeringToProto(
  offering: Offering,
  { stock, content, visit, spendingLimit }: Particulars = {},
): ProtoOffering {
  const { id, business, kind, displayName, tariffId, createTime, revision } = offering;
  return create(OfferingSchema, {
    id,
    business,
    kind: OfferingKind[kind],
    displayName,
    tariffId,
    createTime: timestampFromDate(createTime),
    etag: etagOf(revision),
    stock,
    content,
    visit,
    spendingLimit: limitToProto(spendingLimit),
  });
}

/** What everybody may know at any time: content without its body, and not the stock, which is another with every order. */
export function openly({ content, visit, spendingLimit }: Particulars): Particulars {
  return { content: content && { ...content, body: '' }, visit, spendingLimit };
}

export function kindFromProto(kind: OfferingKind): Kind {
  switch (kind) {
    case OfferingKind.LINE:
      return 'LINE';
    case OfferingKind.GOODS:
      return 'GOODS';
    case OfferingKind.CONTENT:
      return 'CONTENT';
    case OfferingKind.RIDE:
      return 'RIDE';
    case OfferingKind.VISIT:
      return 'VISIT';
    default:
      throw invalidField('offering.kind', 'is none of the known kinds');
  }
}

export function offeringNotFound(id: string): Fault {
  return new Fault('OFFERING_NOT_FOUND', { message: `there is no offering ${id}`, metadata: { offering_id: id } });
}
