import type { QueuedMessage } from './message.ts';

/**
 * Which of the due messages, in their order, go out next: at most so many, and one at a time to each customer, so that
 * "is being processed" does not arrive after "is completed". One that waits for its retry does not hold up later ones.
 */
export function nextTurns(due: readonly QueuedMessage[], most: number): QueuedMessage[] {
  const customers = new Set<string>();
  const chosen: QueuedMessage[] = [];
  for (const message of due) {
    if (chosen.length === most) break;
    // Departments have no customer id; their messages do not depend on one another.
    if (message.customerId !== '' && customers.has(message.customerId)) continue;
    customers.add(message.customerId);
    chosen.push(message);
  }
  return chosen;
}
