import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/harness/server.ts';
import type { HttpServer } from '../provider/http.ts';
import { startSmsProvider } from './smsProvider.ts';

let folder: string;
let provider: HttpServer;
const url = (path: string) => `http://127.0.0.1:${provider.port}${path}`;
const send = (key: string, text: string, signal?: AbortSignal) =>
  fetch(url('/messages'), {
    method: 'POST',
    headers: { 'idempotency-key': key },
    body: JSON.stringify({ to: '+8210', text }),
    signal,
  });
const behave = (mode: string) => fetch(url('/behaviour'), { method: 'POST', body: JSON.stringify({ mode }) });
const texts = async () => {
  const { messages } = (await (await fetch(url('/messages'))).json()) as { messages: { text: string }[] };
  return messages.map(({ text }) => text);
};

beforeEach(async () => {
  folder = await temporaryFolder('sms');
  provider = await startSmsProvider({ port: 0, dataDir: folder });
});

afterEach(async () => {
  await provider[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

test('IOT-3 one message a key, also when many ask at once', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => send('k1', 'hello')));
  expect(answers.map(({ status }) => status).sort()).toEqual([...Array(19).fill(200), 201]);
  expect((await send('k1', 'something else')).status).toBe(409);
  expect(await texts()).toEqual(['hello']);
});

test('IOT-3 messages and keys outlive a restart, and half a written line does no harm', async () => {
  await send('k1', 'first');
  await provider[Symbol.asyncDispose]();
  await appendFile(join(folder, 'messages.jsonl'), '{"id":"x","key":"k2","to":"+82');
  provider = await startSmsProvider({ port: 0, dataDir: folder });
  expect((await send('k1', 'first')).status).toBe(200);
  expect((await send('k2', 'second')).status).toBe(201);
  expect(await texts()).toEqual(['first', 'second']);
});

test('it misbehaves as told', async () => {
  await behave('fail');
  expect((await send('k1', 'a')).status).toBe(503);
  await behave('refuse');
  expect((await send('k1', 'a')).status).toBe(422);
  await behave('lose');
  await expect(send('k1', 'a')).rejects.toThrow();
  await behave('hang');
  await expect(send('k2', 'b', AbortSignal.timeout(200))).rejects.toThrow(/timeout/);
  await behave('ok');
  expect((await send('k1', 'a')).status).toBe(200);
  expect(await texts()).toEqual(['a']);
  expect((await behave('dance')).status).toBe(400);
});

test.each(['', '[]', '{"to":"+82"}', '{"text":"x"}', '{"to":1,"text":"x"}'])('the body %j is refused', async (body) => {
  expect((await fetch(url('/messages'), { method: 'POST', body })).status).toBe(400);
});
