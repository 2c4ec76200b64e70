import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { requireProgram } from '../../deploy/local/foreignProgram.ts';
import { theWorld } from './world.ts';

const run = promisify(execFile);
const script = fileURLToPath(new URL('../../deploy/ci/scripts/smoke-test.sh', import.meta.url));

/** What the pipeline runs after a rollout, against the running mesh. */
async function smokeTest(env: Record<string, string>): Promise<{ code: number; output: string }> {
  const curl = requireProgram({
    name: 'curl',
    folders: () => ['/usr/bin'],
    debianPackage: 'curl',
    advice: 'install it (Debian: apt-get install curl)',
  });
  const PATH = `${dirname(curl)}:/usr/bin:/bin`;
  try {
    const { stdout } = await run(script, [], { env: { PATH, SMOKE_ATTEMPTS: '25', SMOKE_PAUSE: '0.2', ...env } });
    return { code: 0, output: stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

test('MESH-6 the smoke test of a deployment passes on a mesh that works, and leaves one customer', async () => {
  const world = theWorld();
  const before = await smokeCustomers();
  const done = await smokeTest({ GATEWAY_URL: world.gatewayUrl, SMOKE_TOKEN: await world.token('operator') });
  expect(done).toMatchObject({ code: 0, output: expect.stringMatching(/\/v1\/mypages\/[\w-]+: 200\n$/) });
  expect(await smokeCustomers()).toBe(before + 1);

  async function smokeCustomers(): Promise<number> {
    const all = await world.operator.list<{ displayName: string }>('/v1/customers', 'customers');
    return all.filter(({ displayName }) => displayName === 'smoke test').length;
  }
});

test('MESH-6 it fails with a token that is no good, and while what is written goes nowhere', async () => {
  const world = theWorld();
  const few = { GATEWAY_URL: world.gatewayUrl, SMOKE_ATTEMPTS: '3' };
  const refused = await smokeTest({ ...few, SMOKE_TOKEN: 'none' });
  expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('401 instead of 200') });
  await world.mesh.stopService('mypage');
  try {
    const alone = await smokeTest({ ...few, SMOKE_TOKEN: await world.token('operator') });
    expect(alone).toMatchObject({ code: 1, output: expect.stringMatching(/mypages\/[\w-]+: 503 instead of 200/) });
  } finally {
    await world.mesh.startService('mypage');
    await world.mesh.untilReady('mypage');
  }
});
