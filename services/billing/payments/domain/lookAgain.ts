const firstMs = 1_000;
const mostMs = 60_000;

/** When to ask again what became of something, after having asked in vain so often: a second later, two, four … at most a minute. */
export function lookAgainAt(now: Date, looks: number): Date {
  return new Date(now.getTime() + Math.min(mostMs, firstMs * 2 ** Math.min(looks, 10)));
}
