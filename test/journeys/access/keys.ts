import { randomUUID } from 'node:crypto';
import { shapeOf } from './answer.ts';
import type { Caller, Sign } from './callers.ts';
import type { Estate } from './estate.ts';
import type { OwnedRow } from './row.ts';
import { leaks } from './walk.ts';
import type { Way } from './ways.ts';

export interface Keyed {
  readonly of: OwnedRow['of'];
  readonly way: Way;
  /** Somebody of their side, who sends the same key. */
  readonly stranger: Caller;
}

/**
 * Our side does something under a key. By the same key their side is answered as without one: of ours nothing, and of theirs their own.
 * That holds also for somebody who was ours a moment ago and has signed in as the other customer now.
 */
export async function keyFaults({ of, way, stranger }: Keyed, estate: Estate, sign: Sign): Promise<string[]> {
  const { ours, theirs, nobodys } = estate.of;
  const headers = { 'idempotency-key': randomUUID() };
  const signedInFor = async (customer_id: string, side: 'ours' | 'theirs'): Promise<Caller> => ({
    name: `one sign-in, for ${side}`,
    token: await sign({ sub: 'person:two-customers', roles: ['customer'], customer_id }),
    roles: ['customer'],
    side,
  });
  const caller = await signedInFor(ours.customerId, 'ours');
  const first = await way.ask({ caller, request: of(ours, estate.shared), headers });
  const again = await way.ask({ caller, request: of(ours, estate.shared), headers });
  const faults = first.outcome === 'OK' ? [] : [`the first is answered ${first.outcome}: ${first.seen}`];
  if (again.seen !== first.seen) faults.push(`the repeat is another answer: ${again.seen}`);
  for (const other of [stranger, await signedInFor(theirs.customerId, 'theirs')]) {
    const replayed = await way.ask({ caller: other, request: of(ours, estate.shared), headers });
    const nothing = await way.ask({ caller: other, request: of(nobodys, estate.shared) });
    const shapes = [shapeOf(replayed, ours), shapeOf(nothing, nobodys)];
    if (shapes[0] !== shapes[1]) faults.push(`${other.name} is answered:\n    ${shapes.join('\n    ')}`);
    const own = await way.ask({ caller: other, request: of(theirs, estate.shared), headers });
    if (own.outcome !== 'OK') faults.push(`${other.name}, for their own, is answered ${own.outcome}`);
    faults.push(...leaks(own, other, estate, {}));
  }
  return faults;
}
