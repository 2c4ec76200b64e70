/** A way to be paid, made of a token. */
export interface MethodRecord {
  kind: 'method';
  id: string;
  description: string;
  decline_code?: string;
}

/** What became of the payment that a key names; there is one a key. */
export interface PaymentRecord {
  kind: 'payment';
  id: string;
  idempotency_key: string;
  /** What was asked for, to tell a repetition from something else. */
  request: string;
  payment_method: string;
  /** Minor units. */
  amount: string;
  currency: string;
  description: string;
  status: 'captured' | 'declined' | 'canceled';
  decline_code?: string;
  time: string;
}

export interface RefundRecord {
  kind: 'refund';
  id: string;
  idempotency_key: string;
  request: string;
  payment: string;
  amount: string;
  currency: string;
  status: 'refunded';
  time: string;
}

/** A webhook that nobody has taken yet is sent again after a restart. */
export interface DeliveredRecord {
  kind: 'delivered';
  payment: string;
}

export type ProviderRecord = MethodRecord | PaymentRecord | RefundRecord | DeliveredRecord;

/** A payment or refund as it is answered. */
export function shown({ kind, request: _, ...rest }: PaymentRecord | RefundRecord): Record<string, unknown> {
  return { object: kind, ...rest };
}
