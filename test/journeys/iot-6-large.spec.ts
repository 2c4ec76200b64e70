import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { count, type UsageFile } from '../../deploy/local/sample/resources.ts';
import { HEADER } from '../../deploy/local/sample/usageFile.ts';
import { record } from './business.ts';
import { businessWithLine, total } from './deviceFleet.ts';
import { theWorld } from './world.ts';

const MIB = 1024 * 1024;
const FILE = 560 * MIB;

/** Memory that a process holds now, in bytes. */
async function residentBytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

// The memory of another process is read where Linux shows it.
test.runIf(process.platform === 'linux')(
  'IOT-6 a large file passes through gateway and rating without being held in memory',
  { timeout: 180_000 },
  async () => {
    const world = theWorld();
    const { business, line } = await businessWithLine(world);
    const watched = await Promise.all(
      ['gateway', 'rating'].map(async (name) => {
        const pid = await world.pid(name);
        return { name, pid, before: await residentBytes(pid), most: 0 };
      }),
    );
    const watch = setInterval(async () => {
      for (const each of watched) each.most = Math.max(each.most, await residentBytes(each.pid).catch(() => 0));
    }, 100);

    // The same thousand records again and again: all but the first of each are duplicates.
    const block = Buffer.from(Array.from({ length: 1_000 }, () => `${record(line, 1)}\n`).join(''));
    const blocks = Math.ceil(FILE / block.length);
    const chunks = function* () {
      yield Buffer.from(`${HEADER}\n`);
      for (let index = 0; index < blocks; index++) yield block;
    };
    const path = `/v1/usageFiles?business=${business.name}&source=large.csv`;
    const file = await world.operator.upload<UsageFile>(path, chunks());
    clearInterval(watch);

    expect({ rated: count(file.rated), duplicate: count(file.duplicate) }).toEqual({
      rated: 1_000,
      duplicate: (blocks - 1) * 1_000,
    });
    expect(await total(world, line)).toEqual({ bytes: 1_000n, records: 1_000 });
    const [gateway, rating] = watched.map(({ before, most }) => most - before);
    expect(gateway).toBeLessThan(FILE / 3);
    // Its two batches, and what the garbage collector has not come to yet; holding the file would add the file to that.
    expect(rating).toBeLessThan(FILE);
  },
);
