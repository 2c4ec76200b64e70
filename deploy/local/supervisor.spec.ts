import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fixtureProgram } from '../../test/harness/fixtures/program.ts';
import { temporaryFolder } from '../../test/harness/server.ts';
import { Family } from './family.ts';
import { isAlive } from './signals.ts';
import { Supervised } from './supervisor.ts';

let folder: string;
let family: Family;
const running: Supervised[] = [];
const supervise = (name: string, report?: (line: string) => void) => {
  const supervised = new Supervised(fixtureProgram(name), join(folder, `${name}.log`), family, report);
  running.push(supervised);
  return supervised;
};

beforeEach(async () => {
  folder = await temporaryFolder('supervisor');
  family = new Family();
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((supervised) => supervised.stop()));
  family.close();
  await rm(folder, { recursive: true, force: true });
});

test('a killed process is started again, and its killing is reported', async () => {
  const reports: string[] = [];
  const supervised = supervise('obedient', (line) => reports.push(line));
  await supervised.start();
  const first = supervised.pid;
  await supervised.kill('SIGKILL');
  await supervised.untilReady();
  expect(supervised.pid).not.toBe(first);
  expect(supervised.restarts).toBe(1);
  expect(reports).toEqual(['obedient ended (SIGKILL); starting it again']);
});

test('a process that was stopped stays stopped until it is started', async () => {
  const supervised = supervise('obedient');
  await supervised.start();
  const { pid = 0 } = supervised;
  await supervised.stop();
  expect([supervised.state, isAlive(pid)]).toEqual(['stopped', false]);
  await supervised.start();
  expect(supervised.state).toBe('ready');
  expect(supervised.restarts).toBe(0);
});

test('a process that does not end when asked is killed', async () => {
  const supervised = supervise('stubborn');
  await supervised.start();
  const { pid = 0 } = supervised;
  await supervised.stop();
  expect(isAlive(pid)).toBe(false);
});

test('a process that stands still (SIGSTOP) can be stopped', async () => {
  const supervised = supervise('obedient');
  await supervised.start();
  await supervised.kill('SIGSTOP');
  await supervised.stop();
  expect(supervised.state).toBe('stopped');
});

test('a process that ends before it is ready fails the start with the end of its log', async () => {
  const supervised = supervise('failing');
  await expect(supervised.start()).rejects.toThrow(/failing ended before it was ready[\s\S]*DATABASE_URL is missing/);
  expect(supervised.state).toBe('stopped');
});

test('a program that cannot be run fails the start', async () => {
  const supervised = new Supervised({ ...fixtureProgram('none'), file: '/nowhere' }, join(folder, 'none.log'), family);
  await expect(supervised.start()).rejects.toThrow(/ENOENT/);
});

test('nothing is left when the supervisor itself is killed with SIGKILL', async () => {
  const file = fileURLToPath(new URL('../../test/harness/fixtures/supervisor.ts', import.meta.url));
  const supervisor = spawn(process.execPath, [file, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(supervisor.stdout, 'data');
  const pids = JSON.parse(String(line)) as number[];
  expect(pids.map(isRunning)).toEqual([true, true]);
  supervisor.kill('SIGKILL');
  await expect.poll(() => pids.some(isRunning), { timeout: 20_000, interval: 100 }).toBe(false);
  expect(await readFile(join(folder, 'stubborn.log'), 'utf8')).toContain('ready');
});

/** In a container nobody may reap the orphans, so a zombie counts as ended. */
function isRunning(pid: number): boolean {
  if (!isAlive(pid)) return false;
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return process.platform !== 'linux';
  }
}
