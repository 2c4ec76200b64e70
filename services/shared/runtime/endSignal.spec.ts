import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const billing = fileURLToPath(new URL('../../billing/main.ts', import.meta.url));
const least = {
  ...{ DATABASE_URL: 'postgres://127.0.0.1:9/none', NATS_URL: 'nats://127.0.0.1:9' },
  ...{ OIDC_ISSUER: 'http://127.0.0.1:9', OIDC_JWKS_URL: 'http://127.0.0.1:9' },
};

test('MESH-6 a process that waits for its database ends as soon as it is told to', async () => {
  const program = spawn(process.execPath, [billing], {
    env: { PATH: process.env.PATH, ...least },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = (await once(createInterface(program.stdout), 'line')) as [string];
  expect(JSON.parse(line)).toMatchObject({ msg: 'waiting for a dependency', what: 'database' });
  program.kill('SIGTERM');
  // By itself, and not by what a signal does to a process that does not handle it: a container's first process is spared that.
  expect(await once(program, 'exit')).toEqual([143, null]);
});
