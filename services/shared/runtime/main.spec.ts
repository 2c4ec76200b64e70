import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const billing = fileURLToPath(new URL('../../billing/main.ts', import.meta.url));
const run = (env: Record<string, string>) =>
  spawnSync(process.execPath, [billing], { env: { PATH: process.env.PATH, ...env }, encoding: 'utf8' });

describe('a process that cannot start', () => {
  test('tells whoever has configured it every fault, a line each', () => {
    const { status, stderr, stdout } = run({ NATS_URL: 'nonsense' });
    expect(status).toBe(78);
    expect(stderr).toMatch(/DATABASE_URL is missing\n[\s\S]*NATS_URL is not a URL/);
    expect(stdout).toBe('');
  });

  test('MESH-5 writes any other reason as an event like all others', () => {
    const url = 'http://127.0.0.1:9';
    const { status, stdout } = run({
      ...{ DATABASE_URL: 'postgres://127.0.0.1:9/none', NATS_URL: url, OIDC_ISSUER: url, OIDC_JWKS_URL: url },
      // A documentation address: no machine has it.
      ...{ HOST: '203.0.113.9', METRICS_PORT: '0', PAYMENT_PROVIDER_URL: url },
      ...{ PAYMENT_PROVIDER_KEY: 'key', PAYMENT_WEBHOOK_SECRET: 'a secret that is long enough for this' },
    });
    expect(status).toBe(78);
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      level: 'fatal',
      service: 'billing',
      msg: 'cannot start',
      err: { type: 'Error', code: 'EADDRNOTAVAIL' },
    });
  });
});
