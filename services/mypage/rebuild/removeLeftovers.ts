import type { Generations } from '../store/generations.ts';

/** Removes every generation that is not shown: predecessors, and what rebuilds that failed or were killed had filled. No rebuild may be running. */
export async function removeLeftovers(generations: Generations): Promise<void> {
  const shown = await generations.shown();
  for (const store of generations.stores) {
    for (const number of await store.generations()) {
      if (shown && !(shown.number === number && shown.store === store.kind)) await store.drop(number);
    }
  }
}
