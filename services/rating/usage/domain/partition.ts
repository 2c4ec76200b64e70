import { textHash } from './textHash.ts';

/** How many partitions the lines of a business are spread over. Kept records are stored by them: it must never change. */
export const partitions = 32;

/**
 * The hash of a service number of a business. This one and no other says where a line belongs, whoever asks: all that concerns a line,
 * the ids of its records included, is in one partition.
 */
export function numberHash(view: DataView, from: number, to: number, businessNo: number): number {
  return textHash(view, from, to, businessNo);
}

export function partitionOfHash(hash: number): number {
  return hash & (partitions - 1);
}

/** The partition of a line. */
export function partitionOf(businessNo: number, serviceNumber: string): number {
  const bytes = Buffer.from(serviceNumber);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return partitionOfHash(numberHash(view, 0, bytes.length, businessNo));
}
