import type { Money } from '#shared/money/money';

export type OfferingKind = 'LINE' | 'GOODS' | 'CONTENT' | 'RIDE' | 'VISIT';

/** Something a business sells by a tariff. */
export interface Offering {
  id: string;
  business: string;
  kind: OfferingKind;
  displayName: string;
  tariffId: string;
  createTime: Date;
  revision: bigint;
}

/** A piece of content in its newest version. The body is left out where nobody is to read it. */
export interface Content {
  author: string;
  episode: number;
  body: string;
  version: number;
}

/** The rules of a visit, in whole points. */
export interface VisitTerms {
  /** What a breach of them costs. */
  penaltyPoints: bigint;
  /** The sum of standing penalties from which on a customer is banned; 0 means never. */
  banThreshold: bigint;
}

/** What a line may spend on usage in a month, without tax. */
export interface SpendingLimit {
  amount: Money;
  /** Whether the line is suspended when it is reached. */
  suspend: boolean;
}

/** What only some kinds of offerings have. */
export interface Particulars {
  /** Pieces in stock; goods only. */
  stock?: bigint | undefined;
  content?: Content | undefined;
  visit?: VisitTerms | undefined;
  /** Lines only. */
  spendingLimit?: SpendingLimit | undefined;
}
