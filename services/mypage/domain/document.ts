import type { MessageShape } from '@bufbuild/protobuf';
import { AccountSchema } from '#proto/billing/v1/account';
import { InvoiceSchema } from '#proto/billing/v1/invoice';
import { ReadContentSchema } from '#proto/mypage/v1/mypage';
import { CustomerSchema } from '#proto/ordering/v1/customer';
import { DeliverySchema } from '#proto/ordering/v1/delivery';
import { LineSchema } from '#proto/ordering/v1/line';
import { OrderSchema } from '#proto/ordering/v1/order';
import { BanSchema, PenaltySchema } from '#proto/ordering/v1/penalty';
import { RideSchema } from '#proto/ordering/v1/ride';
import { VisitSchema } from '#proto/ordering/v1/visit';

/** What a page consists of, and the contract of each. */
export const documentSchemas = {
  customer: CustomerSchema,
  line: LineSchema,
  order: OrderSchema,
  delivery: DeliverySchema,
  balance: AccountSchema,
  invoice: InvoiceSchema,
  read: ReadContentSchema,
  ride: RideSchema,
  visit: VisitSchema,
  penalty: PenaltySchema,
  ban: BanSchema,
} as const;

export type DocumentKind = keyof typeof documentSchemas;
export type Content<Kind extends DocumentKind> = MessageShape<(typeof documentSchemas)[Kind]>;

export const documentKinds = Object.keys(documentSchemas) as DocumentKind[];

export function isDocumentKind(text: string): text is DocumentKind {
  return text in documentSchemas;
}

/** A copy of something another service owns. Its customer never changes. */
export interface Document<Kind extends DocumentKind> {
  kind: Kind;
  id: string;
  customerId: string;
  /** Place of the event that wrote it in its source's outbox. A document is never overwritten by one with a smaller number. */
  sequence: bigint;
  content: Content<Kind>;
}

export type AnyDocument = { [Kind in DocumentKind]: Document<Kind> }[DocumentKind];

/** What one page is made of at most, in the order of ids, which is that of time; the counts say how much there is. */
export const shown: Record<DocumentKind, { most: number; newestFirst: boolean }> = {
  customer: { most: 1, newestFirst: false },
  line: { most: 500, newestFirst: false },
  order: { most: 100, newestFirst: true },
  delivery: { most: 100, newestFirst: true },
  balance: { most: 100, newestFirst: false },
  invoice: { most: 24, newestFirst: true },
  read: { most: 100, newestFirst: true },
  ride: { most: 100, newestFirst: true },
  visit: { most: 100, newestFirst: true },
  penalty: { most: 100, newestFirst: true },
  // More than a page shows: whether the customer is banned is a matter of all of them.
  ban: { most: 1_000, newestFirst: false },
};
