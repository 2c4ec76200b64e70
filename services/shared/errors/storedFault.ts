import { Fault, isReason } from './fault.ts';

/** A failure as it is kept in a row, to be answered again. */
export interface StoredFault {
  reason: string;
  message: string;
  metadata: Record<string, string>;
}

export function storedFault({ reason, message, metadata }: Fault): StoredFault {
  return { reason, message, metadata };
}

export function faultFrom({ reason, message, metadata }: StoredFault): Fault {
  return new Fault(isReason(reason) ? reason : 'INTERNAL', { message, metadata });
}
