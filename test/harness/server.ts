import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Family } from '../../deploy/local/family.ts';
import type { Program } from '../../deploy/local/program.ts';
import { Supervised } from '../../deploy/local/supervisor.ts';

/** A server process of a test. It ends with the test's process, however that ends. */
export interface TestServer extends AsyncDisposable {
  url: string;
  port: number;
  /** SIGKILL; the supervisor starts it again, and this returns when it serves. */
  killAndRestart: () => Promise<void>;
  stop: () => Promise<void>;
  start: () => Promise<void>;
  /** Where its output goes. */
  logFile: string;
}

const family = new Family();

export async function runServer(program: Program, folder: string, port: number, url: string): Promise<TestServer> {
  const supervised = new Supervised(program, join(folder, 'log'), family);
  await supervised.start();
  return {
    url,
    port,
    logFile: supervised.log.path,
    killAndRestart: async () => {
      await supervised.kill();
      await supervised.untilReady();
    },
    stop: () => supervised.stop(),
    start: () => supervised.start(),
    [Symbol.asyncDispose]: async () => {
      await supervised.stop();
      if (process.env.KEEP_TEST_DATA === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A folder of its own, which PostgreSQL's account can enter; removed when the test's process has ended. */
export async function temporaryFolder(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `jangbu-${name}-`));
  await chmod(folder, 0o755);
  if (process.env.KEEP_TEST_DATA === undefined) family.leave(folder);
  return folder;
}
