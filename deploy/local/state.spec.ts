import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../../test/harness/server.ts';
import { freePort } from './ports.ts';
import { prepareState } from './state.ts';

let folder: string;
const taken: { close: () => void }[] = [];

beforeEach(async () => {
  folder = await temporaryFolder('state');
});

afterEach(() => {
  for (const server of taken.splice(0)) server.close();
});

async function take(port: number): Promise<void> {
  const server = createServer();
  taken.push(server);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
}

test('ports and secrets are the same at the next start', async () => {
  const port = await freePort();
  const first = await prepareState(folder, port);
  expect(new Set(Object.values(first.ports)).size).toBe(Object.values(first.ports).length);
  expect(await prepareState(folder, port)).toEqual(first);
});

test('a port that somebody else has taken meanwhile is replaced, and only that one', async () => {
  const port = await freePort();
  const first = await prepareState(folder, port);
  await take(first.ports.billing);
  const second = await prepareState(folder, port, 300);
  expect(second.ports.billing).not.toBe(first.ports.billing);
  expect({ ...second.ports, billing: 0 }).toEqual({ ...first.ports, billing: 0 });
});

test("a taken gateway port is the caller's to solve", async () => {
  const port = await freePort();
  await take(port);
  await expect(prepareState(folder, port)).rejects.toThrow(`port ${port} is taken; choose another one by PORT=`);
});

test('a file that was cut off is made anew', async () => {
  await writeFile(join(folder, 'ports.json'), '{"postgres": 2');
  const { ports } = await prepareState(folder, 0);
  expect(ports.postgres).toBeGreaterThan(0);
});
