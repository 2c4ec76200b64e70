import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startNats } from '#test/harness/nats';
import type { TestServer } from '#test/harness/server';
import { Bench } from './testing.ts';
import { TestMailServer } from './testMailServer.ts';
import { TestSmsProvider } from './testSmsProvider.ts';

let bench: Bench;
let nats: TestServer;
let mailbox: TestMailServer;
let provider: TestSmsProvider;
beforeAll(async () => {
  [bench, nats, mailbox, provider] = await Promise.all([
    Bench.open(),
    startNats(),
    TestMailServer.start(),
    TestSmsProvider.start(),
  ]);
});
afterAll(async () => {
  for (const server of [mailbox, provider, nats, bench]) await server[Symbol.asyncDispose]();
});

/** The real process, as it is deployed. */
function startProcess(environment: Record<string, string> = {}): ChildProcess {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  return spawn(process.execPath, [main], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: bench.database.url,
      NATS_URL: nats.url,
      OIDC_ISSUER: 'http://127.0.0.1:9',
      OIDC_JWKS_URL: 'http://127.0.0.1:9/jwks',
      SMTP_URL: mailbox.url,
      SMS_PROVIDER_URL: provider.url,
      LOG_LEVEL: 'error',
      ...environment,
    },
  });
}

async function statesOnceSent(): Promise<string[]> {
  const states = async () => (await bench.messages()).map(({ state }) => state);
  await expect.poll(states, { timeout: 20_000 }).not.toContain('QUEUED');
  return states();
}

test('a process that dies between sending and recording sends again under the same id, and emits MessageSent once', async () => {
  await bench.customer('kim');
  await bench.order('text', 'kim');
  // Without its documents, which come from services that this test does not run.
  await bench.settlement('mail', 'dept@example.com');
  await bench.database.query(`update messages set attachments = '[]', create_time = now(), next_attempt_time = now()`);

  const doomed = startProcess({ JANGBU_KILL_AT: 'notification.after-send' });
  const [, signal] = await once(doomed, 'exit');
  expect(signal).toBe('SIGKILL');
  expect((await bench.messages()).every(({ state }) => state === 'QUEUED')).toBe(true);
  expect(mailbox.mails.length + provider.requests.length).toBeGreaterThan(0);

  const next = startProcess();
  expect(await statesOnceSent()).toEqual(['SENT', 'SENT']);
  next.kill('SIGTERM');
  const [code] = await once(next, 'exit');
  expect(code).toBe(0);

  const [text, mail] = await bench.messages();
  expect(mailbox.mails.length + provider.requests.length).toBeGreaterThan(2);
  expect(new Set(provider.requests.map(({ key }) => key))).toEqual(new Set([text?.id]));
  expect(new Set(mailbox.mails.map(({ messageId }) => messageId))).toEqual(new Set([`<${mail?.id}@jangbu>`]));
  expect(await bench.emittedCount()).toBe(2);
});
