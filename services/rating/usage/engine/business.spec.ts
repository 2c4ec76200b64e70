import { expect, it } from 'vitest';
import { Partition } from './business.ts';

it('small batches share commits; what is taken back is none of theirs any more', () => {
  const partition = new Partition();
  const commits = Array.from({ length: 100 }, (_, batch) => partition.begin(batch, 16));
  expect(new Set(commits).size).toBe(7);
  expect(partition.batchesOf(commits[20] ?? 0)).toContain(20);
  partition.kill(commits[20] ?? 0, 20);
  expect(partition.batchesOf(commits[20] ?? 0)).not.toContain(20);
  expect(partition.batchesOf(commits[20] ?? 0)).toContain(21);
  expect(partition.alive(commits[20] ?? 0)).toBe(true);
});

it('large batches, and those of this process and of the past, share none', () => {
  const partition = new Partition();
  const commits = [
    partition.begin(1, 1),
    partition.beginPast(2, 1),
    partition.begin(3, 4_000),
    partition.begin(4, 4_000),
    partition.beginPast(5, 4_000),
  ];
  expect(new Set(commits).size).toBe(5);
  expect(partition.beginPast(5, 10)).toBe(commits[4]);
  partition.kill(commits[2] ?? 0, 3);
  expect(partition.alive(commits[2] ?? 0)).toBe(false);
});
