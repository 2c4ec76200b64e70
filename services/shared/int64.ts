const largest = 2n ** 63n - 1n;

/**
 * A sum of volumes as the contract's int64. Sums are kept in numeric and cannot overflow; one past 8 EiB either way, which only
 * made-up records reach, is shown as the largest int64, or the smallest.
 */
export function int64(sum: bigint | string): bigint {
  const exact = BigInt(sum);
  if (exact < -largest) return -largest;
  return exact > largest ? largest : exact;
}
