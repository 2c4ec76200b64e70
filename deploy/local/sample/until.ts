/** Asks again and again until there is an answer; says what it was waiting for when it gives up. */
export async function until<Answer>(
  what: string,
  timeoutMs: number,
  ask: () => Promise<Answer | undefined>,
  everyMs = 100,
): Promise<Answer> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs / 1000} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** Works through the items, several at once, and keeps their order in the answer. */
export async function inParallel<Item, Answer>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  const queue = items.entries();
  const workers = Array.from({ length: width }, async () => {
    // All workers take from the one iterator.
    for (const [index, item] of queue) answers[index] = await work(item);
  });
  await Promise.all(workers);
  return answers;
}
