import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Relative } from './family.ts';
import { isAlive, signalGroup } from './signals.ts';

/** How long each stage may take to end by itself before it is killed. */
const stageLimitMs = 8_000;

const relatives = new Map<number, Relative>();

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line) as { add?: Relative; remove?: number };
  if (message.add) relatives.set(message.add.pid, message.add);
  if (message.remove) relatives.delete(message.remove);
}

// The pipe is closed: the parent is gone, or has closed the family.
const stages = [...new Set([...relatives.values()].map(({ stage }) => stage))].sort((a, b) => b - a);
for (const stage of stages) {
  const members = [...relatives.values()].filter((relative) => relative.stage === stage);
  for (const { pid, stopSignal } of members) signalGroup(pid, stopSignal);
  const limit = Date.now() + stageLimitMs;
  while (Date.now() < limit && members.some(({ pid }) => isAlive(pid))) await sleep(50);
  for (const { pid } of members) signalGroup(pid, 'SIGKILL');
}
