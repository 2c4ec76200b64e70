import { link, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Counts, type Destination, type Imported, toImported } from './destination.ts';

/**
 * Puts a file into the drop folder and waits for its report. The time is the import's own, from when it was taken to when it had ended: how often the folder
 * is looked at is a setting of patience and not of speed.
 */
export async function dropFile(
  file: string,
  { dropDir }: Destination,
): Promise<{ imported: Imported; seconds: number }> {
  const name = basename(file);
  await link(file, join(dropDir, 'iot', name));
  const report = join(dropDir, 'iot', 'done', `${name}.json`);
  for (;;) {
    const text = await readFile(report, 'utf8').catch(() => '');
    if (text.endsWith('}\n')) {
      const row = JSON.parse(text) as Counts & { createTime: string; endTime: string };
      await rm(join(dropDir, 'iot', 'done', name), { force: true });
      return { imported: toImported(row), seconds: (Date.parse(row.endTime) - Date.parse(row.createTime)) / 1000 };
    }
    await setTimeout(50);
  }
}
