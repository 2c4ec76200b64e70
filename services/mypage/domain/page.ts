import type { AnyDocument, Content, DocumentKind } from './document.ts';

/** Everything a customer sees, with how much there is in all where only the newest is shown. */
export interface Page {
  /** Undefined until the customer's own record has come. */
  customer: Content<'customer'> | undefined;
  lines: Content<'line'>[];
  orders: Content<'order'>[];
  deliveries: Content<'delivery'>[];
  balances: Content<'balance'>[];
  invoices: Content<'invoice'>[];
  reads: Content<'read'>[];
  rides: Content<'ride'>[];
  visits: Content<'visit'>[];
  penalties: Content<'penalty'>[];
  /** Whether any ban stands. */
  banned: boolean;
  /** Those that stand first. */
  bans: Content<'ban'>[];
  lineCount: number;
  orderCount: number;
  deliveryCount: number;
  balanceCount: number;
  invoiceCount: number;
  readCount: number;
  rideCount: number;
  visitCount: number;
  penaltyCount: number;
}

const mostBans = 100;

/** The page of the documents that are shown, in the order given. */
export function pageOf(documents: Pick<AnyDocument, 'kind' | 'content'>[], counts: Map<DocumentKind, number>): Page {
  const contents = <Kind extends DocumentKind>(kind: Kind) =>
    documents.filter((each) => each.kind === kind).map((each) => each.content as Content<Kind>);
  const bans = contents('ban').toSorted((a, b) => Number(b.banned) - Number(a.banned));
  const count = (kind: DocumentKind) => counts.get(kind) ?? 0;
  return {
    customer: contents('customer')[0],
    lines: contents('line'),
    orders: contents('order'),
    deliveries: contents('delivery'),
    balances: contents('balance'),
    invoices: contents('invoice'),
    reads: contents('read'),
    rides: contents('ride'),
    visits: contents('visit'),
    penalties: contents('penalty'),
    banned: bans[0]?.banned ?? false,
    bans: bans.slice(0, mostBans),
    lineCount: count('line'),
    orderCount: count('order'),
    deliveryCount: count('delivery'),
    balanceCount: count('balance'),
    invoiceCount: count('invoice'),
    readCount: count('read'),
    rideCount: count('ride'),
    visitCount: count('visit'),
    penaltyCount: count('penalty'),
  };
}
