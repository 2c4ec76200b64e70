import type { Counter } from '../../testing.ts';

/** Has time pass for a counter, whose clock stands still by itself. */
export function live(counter: Counter): void {
  Object.defineProperty(counter, 'now', { get: () => new Date() });
}
