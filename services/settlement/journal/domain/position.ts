/**
 * What an entry's position says about the account's entries before it, which come in order.
 * `gap`: one was left out. `late`: one of an earlier position; it fills a gap, or it repeats another entry's position.
 */
export type Arrival = 'next' | 'gap' | 'late';

export function arrivalOf(lastPosition: bigint, position: bigint): Arrival {
  if (position === lastPosition + 1n) return 'next';
  return position > lastPosition ? 'gap' : 'late';
}
