import { rm } from 'node:fs/promises';
import { createTransport } from 'nodemailer';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/harness/server.ts';
import { startMailbox } from './mailbox.ts';
import type { StoredMail } from './store.ts';

let folder: string;
let mailbox: Awaited<ReturnType<typeof startMailbox>>;
const start = () => startMailbox({ smtpPort: 0, httpPort: 0, folder });
const url = (path: string) => `http://127.0.0.1:${mailbox.port}${path}`;
const mails = async () => ((await (await fetch(url('/mails'))).json()) as { mails: StoredMail[] }).mails;
const behave = (mode: string) => fetch(url('/behaviour'), { method: 'POST', body: JSON.stringify({ mode }) });
const pdf = Buffer.from(Array.from({ length: 5_000 }, (_, index) => index % 256));

function send(messageId: string, subject = '11월 청구서 Invoice IOT-000001') {
  return createTransport({ host: '127.0.0.1', port: mailbox.smtpPort, connectionTimeout: 2_000 }).sendMail({
    from: 'Jangbu <no-reply@jangbu.example>',
    to: 'kim@example.com',
    subject,
    messageId,
    text: 'Attached: your invoice.',
    attachments: [{ filename: '청구서 IOT-000001.pdf', contentType: 'application/pdf', content: pdf }],
  });
}

beforeEach(async () => {
  folder = await temporaryFolder('mailbox');
  mailbox = await start();
});

afterEach(async () => {
  await mailbox[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

test('IOT-10 a mail is kept once a Message-ID, over a restart too', async () => {
  await Promise.all([send('<1@jangbu>'), send('<1@jangbu>'), send('<2@jangbu>')]);
  await mailbox[Symbol.asyncDispose]();
  mailbox = await start();
  await send('<1@jangbu>', 'the same mail under another subject');
  expect((await mails()).map(({ messageId }) => messageId).sort()).toEqual(['<1@jangbu>', '<2@jangbu>']);
});

test('IOT-10 headers can be read, and attachments are beside the mail, byte by byte', async () => {
  await send('<1@jangbu>');
  const [mail] = await mails();
  expect(mail).toMatchObject({ subject: '11월 청구서 Invoice IOT-000001', to: 'kim@example.com' });
  expect(mail?.attachments).toHaveLength(1);
  expect(mail?.attachments[0]).toMatch(/^attachments\/.*청구서-IOT-000001\.pdf$/);
  const answer = await fetch(url(`/mails/${encodeURIComponent(mail?.attachments[0] ?? '')}`));
  expect(Buffer.from(await answer.arrayBuffer()).equals(pdf)).toBe(true);
  expect((await fetch(url('/mails/..%2f..%2fetc%2fpasswd'))).status).toBe(404);
});

test('it misbehaves as told, and a lost answer leads to no second mail', async () => {
  await behave('fail');
  await expect(send('<1@jangbu>')).rejects.toMatchObject({ responseCode: 451 });
  await behave('refuse');
  await expect(send('<1@jangbu>')).rejects.toMatchObject({ responseCode: 550 });
  await behave('lose');
  await expect(send('<1@jangbu>')).rejects.toThrow();
  await behave('ok');
  await send('<1@jangbu>');
  expect(await mails()).toHaveLength(1);
});
