import grpc from '@grpc/grpc-js';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { InvoiceService } from '#proto/billing/v1/invoice_service';
import { SettlementService } from '#proto/settlement/v1/settlement_service';
import { Fault } from '#shared/errors/fault';
import { Clients } from '#shared/rpc/call';
import type { Caller } from '#shared/rpc/identity';
import { addServices } from '#shared/rpc/serve';
import { documentFetcher } from './delivery/documents.ts';
import { mailSender } from './delivery/mail.ts';
import { Bench } from './testing.ts';
import { TestMailServer } from './testMailServer.ts';

const pdf = Buffer.from('%PDF-1.7 an invoice');
const csv = 'row,id\r\nsettlement,장부\r\n';
let bench: Bench;
let owners: grpc.Server;
let clients: Clients;
let mailbox: TestMailServer;
let invoices: 'served' | 'away' = 'served';

beforeAll(async () => {
  bench = await Bench.open();
  owners = new grpc.Server();
  const { database } = bench;
  const invoiceDocument = async () => {
    if (invoices === 'away') throw new Fault('DEPENDENCY_UNAVAILABLE', { message: 'billing is away' });
    return { contentType: 'application/pdf', data: pdf };
  };
  const settlementDocument = async function* ({ format }: { format: number }) {
    const [type, bytes] = format === 2 ? ['text/csv; charset=utf-8', Buffer.from(csv)] : ['application/pdf', pdf];
    yield { contentType: type, data: bytes.subarray(0, 7) };
    yield { data: bytes.subarray(7) };
  };
  const caller: Caller = { subject: 'service:notification', roles: new Set(['service']) };
  addServices(
    owners,
    [
      { service: InvoiceService, database, handlers: { getInvoiceDocument: invoiceDocument } },
      { service: SettlementService, database, handlers: { getSettlementDocument: settlementDocument } },
    ],
    { authenticate: async () => ({ caller }), log: pino({ level: 'silent' }) },
  );
  const port = await new Promise<number>((resolve, reject) =>
    owners.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  const address = `127.0.0.1:${port}`;
  clients = new Clients({ billing: address, settlement: address }, async () => undefined);
});
afterAll(async () => {
  clients[Symbol.dispose]();
  owners.forceShutdown();
  await bench[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await bench.clear();
  invoices = 'served';
  mailbox = await TestMailServer.start();
  return () => mailbox[Symbol.asyncDispose]();
});

async function deliver(timeLimitMs = 3_000): Promise<void> {
  const mail = mailSender({ url: mailbox.url, from: 'Jangbu <no-reply@jangbu.example>', connections: 8, timeLimitMs });
  const neverCalled = async () => {
    throw new Error('a mail went to the SMS provider');
  };
  await bench.deliverDue('EMAIL', {
    senders: { EMAIL: mail.send, SMS: neverCalled },
    fetchDocument: documentFetcher(clients),
  });
  mail.close();
}

/** The parts of a multipart mail, their bodies decoded. */
function attachments(raw: string): { type: string; name: string; bytes: Buffer }[] {
  return raw.split(/\r\n--[^\r\n]+/).flatMap((part) => {
    const name = /filename="?([^"\r\n;]+)/.exec(part)?.[1];
    if (name === undefined) return [];
    const type = /content-type: *([^\r\n]+)/i.exec(part)?.[1] ?? '';
    return [{ type, name, bytes: Buffer.from(part.slice(part.indexOf('\r\n\r\n')), 'base64') }];
  });
}

test('IOT-10 the mail carries the invoice as billing gives it at that moment', async () => {
  await bench.customer('kim');
  await bench.invoice('e1', 'kim', 'bills@example.com');
  await deliver();
  const [message] = await bench.messages();
  const [mail] = mailbox.mails;
  expect(mail).toMatchObject({
    from: 'no-reply@jangbu.example',
    to: 'bills@example.com',
    messageId: `<${message?.id}@jangbu>`,
  });
  expect(attachments(mail?.raw ?? '')).toEqual([
    { type: expect.stringContaining('application/pdf'), name: 'invoice-IOT-00000001.pdf', bytes: pdf },
  ]);
  expect(message).toMatchObject({ state: 'SENT', attempts: 1 });
  expect(await bench.emittedCount()).toBe(1);
});

test('IOT-12 the department’s mail carries PDF and CSV, whole', async () => {
  await bench.settlement('e1', 'dept@example.com');
  await deliver();
  const [mail] = mailbox.mails;
  expect(mail?.to).toBe('dept@example.com');
  expect(attachments(mail?.raw ?? '').map(({ name, bytes }) => [name, bytes.toString()])).toEqual([
    ['settlement-iot-2026-11.pdf', pdf.toString()],
    ['settlement-iot-2026-11.csv', csv],
  ]);
});

test('while the document cannot be had the mail waits, however long, and no attempt is counted', async () => {
  await bench.customer('kim');
  await bench.invoice('e1', 'kim');
  invoices = 'away';
  for (let round = 0; round < 3; round++) {
    await deliver();
    bench.clock.advance(6_000);
  }
  const [waiting] = await bench.messages();
  expect(waiting).toMatchObject({ state: 'QUEUED', attempts: 0 });
  expect(waiting?.last_error).toMatch(/^invoice-IOT-00000001\.pdf: [A-Z_]+: /);
  expect(mailbox.connections).toBe(0);
  invoices = 'served';
  await expect
    .poll(
      async () => {
        bench.clock.advance(6_000);
        await deliver();
        return (await bench.messages())[0]?.state;
      },
      { timeout: 20_000, interval: 500 },
    )
    .toBe('SENT');
  expect(mailbox.mails).toHaveLength(1);
});

test('an unknown recipient is final; a server that is busy or silent is tried again under the same Message-ID', async () => {
  await bench.settlement('e1', 'nobody@example.com');
  mailbox.refusals = { rcpt: { code: 550, text: 'no such mailbox' } };
  await deliver();
  const [refused] = await bench.messages();
  expect(refused).toMatchObject({ state: 'FAILED', attempts: 1 });
  expect(refused?.last_error).toContain('550');

  await bench.settlement('e2', 'dept@example.com');
  mailbox.refusals = { data: { code: 451, text: 'come again' } };
  await deliver();
  expect((await bench.messages())[1]).toMatchObject({ state: 'QUEUED', attempts: 1 });
  mailbox.refusals = { hang: true };
  bench.clock.advance(1_000);
  await deliver(300);
  expect((await bench.messages())[1]).toMatchObject({ state: 'QUEUED', attempts: 2 });
  mailbox.refusals = {};
  bench.clock.advance(3_000);
  await deliver();
  const [, sent] = await bench.messages();
  expect(sent).toMatchObject({ state: 'SENT', attempts: 3, last_error: '' });
  expect(mailbox.mails.map(({ messageId }) => messageId)).toEqual([`<${sent?.id}@jangbu>`]);
});

test('an address is one address, and a subject is one line, whatever they hold', async () => {
  await bench.settlement('e1', 'a@example.com, b@example.com');
  await bench.settlement('e2', 'dept@example.com');
  await bench.database.query(`update messages set subject = E'two\\r\\nBcc: victim@example.com'`);
  await deliver();
  expect(mailbox.mails.map(({ to }) => to)).toEqual(['dept@example.com']);
  expect(mailbox.mails[0]?.raw).not.toMatch(/^bcc:/im);
  expect((await bench.messages())[0]?.state).toBe('FAILED');
});
