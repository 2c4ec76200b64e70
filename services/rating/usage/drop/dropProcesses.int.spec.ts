import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { testNatsUrl } from '#test/harness/database';
import { temporaryFolder } from '#test/harness/server';
import { csv, seedLine, totals, type World, world } from '../../testing/world.ts';

const program = fileURLToPath(new URL('../../testing/member.ts', import.meta.url));
const line = '01200000001';
const fileCount = 24;
const perFile = 200;
const row = (id: number) => `d-${id},${line},iot.kr,2026-11-10T10:00:00Z,1,1`;

/** A rating process of its own that watches the folder. */
async function replica(at: World, folder: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [program], {
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: at.url,
      NATS_URL: testNatsUrl(),
      OIDC_ISSUER: 'http://127.0.0.1:1',
      OIDC_JWKS_URL: 'http://127.0.0.1:1/jwks',
      LOG_LEVEL: 'warn',
      USAGE_DROP_DIR: folder,
    },
    // It ends with its input, so it does not outlive the test.
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (!child.stdout) throw new Error('unreachable: the output is a pipe');
  await once(child.stdout, 'data');
  return child;
}

it('MESH-6 two processes share a drop folder, and each file is taken by exactly one, also when one of them is killed', async () => {
  await using at = await world();
  await seedLine(at.database, { number: line });
  const folder = await temporaryFolder('drop');
  await mkdir(join(folder, 'iot'));
  const replicas = await Promise.all([replica(at, folder), replica(at, folder)]);
  try {
    for (let file = 0; file < fileCount; file++) {
      // As a sender should: under another name until it is whole.
      await writeFile(
        join(folder, 'iot', `.${file}`),
        csv(Array.from({ length: perFile }, (_, index) => row(file * perFile + index))),
      );
      await rename(join(folder, 'iot', `.${file}`), join(folder, 'iot', `${file}.csv`));
    }
    const done = async () =>
      (await readdir(join(folder, 'iot', 'done')).catch(() => [])).filter((name) => /^\d+\.csv$/.test(name));
    await expect.poll(async () => (await done()).length, { timeout: 30_000 }).toBeGreaterThan(3);
    replicas[0]?.kill('SIGKILL');
    await expect.poll(async () => (await done()).length, { timeout: 40_000 }).toBe(fileCount);
  } finally {
    for (const child of replicas) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
  }
  expect(await totals(at.database)).toEqual({
    [`2026-11 ${line}`]: `${fileCount * perFile * 2} in ${fileCount * perFile}`,
  });
  // A file that the killed one had under its hands was begun anew by the other; nothing else was taken twice.
  const { rows } = await at.database.query(
    "select source, count(*)::int as times from usage_files where state = 'IMPORTED' group by source",
  );
  expect(rows).toHaveLength(fileCount);
  expect(rows.filter(({ times }) => times > 1).length).toBeLessThanOrEqual(4);
  await rm(folder, { recursive: true });
});
