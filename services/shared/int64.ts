const largest = 2n ** 63n - 1n;

/**
 * A sum of volumes as the contract's int64. Sums are kept in numeric and cannot overflow; one past 8 EiB, which only
 * made-up records reach, is shown as the largest int64.
 */
export function int64(sum: bigint | string): bigint {
  const exact = BigInt(sum);
  return exact > largest ? largest : exact;
}
