import type { Addressee, QueuedMessage } from './message.ts';

/**
 * Which of the due messages, in their order, go out next: at most so many, and one at a time to each customer and driver, so that
 * "is being processed" does not arrive after "is completed". One that waits for its retry does not hold up later ones.
 */
export function nextTurns(due: readonly QueuedMessage[], most: number): QueuedMessage[] {
  const taken = new Set<string>();
  const chosen: QueuedMessage[] = [];
  for (const message of due) {
    if (chosen.length === most) break;
    const who = nameOf(message.addressee);
    if (who !== undefined && taken.has(who)) continue;
    if (who !== undefined) taken.add(who);
    chosen.push(message);
  }
  return chosen;
}

/** Undefined for departments, whose messages do not depend on one another. */
function nameOf(addressee: Addressee): string | undefined {
  return addressee.kind === 'department' ? undefined : `${addressee.kind} ${addressee.id}`;
}
