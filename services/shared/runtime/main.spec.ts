import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const billing = fileURLToPath(new URL('../../billing/main.ts', import.meta.url));
const run = (env: Record<string, string>) =>
  spawnSync(process.execPath, [billing], { env: { PATH: process.env.PATH, ...env }, encoding: 'utf8' });

describe('a process that cannot start', () => {
  test('MESH-5 tells whoever has configured it every fault, in one event where no person sits in front of it', () => {
    const { status, stderr, stdout } = run({ NATS_URL: 'nonsense' });
    expect(status).toBe(78);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({
      level: 'fatal',
      service: 'billing',
      msg: 'misconfigured',
      faults: expect.arrayContaining(['DATABASE_URL is missing', 'NATS_URL is not a URL']),
    });
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

describe('MESH-5 all that a process says is an event', () => {
  const program = (work: string) => {
    const main = JSON.stringify(new URL('./main.ts', import.meta.url).href);
    const log = JSON.stringify(new URL('../telemetry/log.ts', import.meta.url).href);
    const text = `
      const { runMain } = await import(${main});
      const { createLogger } = await import(${log});
      process.argv[1] = '/jangbu/services/billing/main.ts';
      const start = async () => ({ log: createLogger('billing', 'info'), [Symbol.asyncDispose]: async () => {} });
      setTimeout(() => { ${work} }, 50);
      await runMain(start, () => ({}));`;
    const ended = spawnSync(process.execPath, ['--input-type=module', '--eval', text], { encoding: 'utf8' });
    return {
      ...ended,
      events: ended.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    };
  };

  test('also what nobody has caught, which ends it', () => {
    const { status, stderr, events } = program(`throw new TypeError('nobody has\\nforeseen this')`);
    expect(status).toBe(1);
    expect(stderr).toBe('');
    expect(events).toMatchObject([
      { level: 'fatal', service: 'billing', err: { type: 'TypeError', message: 'nobody has\nforeseen this' } },
    ]);
  });

  test('also what a library says on the console, and a warning of Node, without addresses', () => {
    const { stderr, events } = program(`
      console.error('no answer\\nfrom %s', 'kim@example.com');
      process.emitWarning('deprecated', 'DeprecationWarning');
      setTimeout(() => process.exit(0), 50);`);
    expect(stderr).toBe('');
    expect(events).toMatchObject([
      { level: 'error', service: 'billing', msg: 'said on the console', text: 'no answer\nfrom …@…' },
      { level: 'warn', service: 'billing', err: { type: 'DeprecationWarning', message: 'deprecated' } },
    ]);
  });
});
