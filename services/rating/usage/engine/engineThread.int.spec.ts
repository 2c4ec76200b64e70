import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { newId } from '#shared/ids';
import { csv, pieces, seedLine, totals, world } from '../../testing/world.ts';
import { EngineThread } from './engineThread.ts';

const line = '01200000001';

it('an engine that has failed says so to all who ask, and its thread goes', async () => {
  const options = { timeZone: 'Asia/Seoul', records: 10, mask: -1, keyMemory: 1e6, scratchFolder: tmpdir() };
  await using engine = new EngineThread(options);
  const asked = [engine.call('settle', 1), engine.call('rewind', 1), engine.call('settle', 2)];
  const outcomes = await Promise.allSettled(asked);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  await engine.ended;
  expect(engine.failed).toBe(true);
  await expect(engine.call('rewind', 1)).rejects.toThrow('batch 1 is not under way');
});

it('IOT-7 files fail while there is no room for keys, none hangs, and afterwards each record is there once', async () => {
  await using at = await world();
  await seedLine(at.database, { number: line });
  const records = Array.from({ length: 6_000 }, (_, index) => `id-${index},${line},iot.kr,2026-11-10T10:00:00Z,1,0`);
  const send = (file: string, imports = at.imports()) =>
    imports.run({ business: 'iot', source: 'test', pieces: pieces(file) });
  // More blocks than are read at a time.
  await send(csv(records.slice(0, 5_000)), at.imports({ limits: { bytes: 256 * 1024, records: 10 } }));
  const scratchFolder = join(tmpdir(), newId());
  const imports = at.imports({ keyMemory: 1, scratchFolder });
  await expect(send(csv(records), imports)).rejects.toMatchObject({ reason: 'INTERNAL' });
  await expect(send(csv(records), imports)).rejects.toMatchObject({ reason: 'INTERNAL' });
  await mkdir(scratchFolder);
  try {
    expect(await send(csv(records), imports)).toMatchObject({ rated: 1_000n, duplicate: 5_000n });
    expect(await totals(at.database)).toEqual({ [`2026-11 ${line}`]: '6000 in 6000' });
  } finally {
    await rm(scratchFolder, { recursive: true });
  }
});
