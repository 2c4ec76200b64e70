import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Message, Relative } from './family.ts';
import { isAlive, signalGroup } from './signals.ts';

/** How long each stage may take to end by itself before it is killed. */
const stageLimitMs = 8_000;

const relatives = new Map<number, Relative>();
const folders = new Set<string>();

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line) as Message;
  if ('add' in message) relatives.set(message.add.pid, message.add);
  else if ('remove' in message) relatives.delete(message.remove);
  else folders.add(message.folder);
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

for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
