import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';
import { Behaviour } from '../provider/behaviour.ts';
import { Refusal, sendJson, serveHttp } from '../provider/http.ts';
import { MailStore } from './store.ts';

export interface MailboxOptions {
  smtpPort: number;
  httpPort: number;
  folder: string;
}

const largestMail = 64 * 1024 * 1024;

/**
 * Stands in for the mail server: takes every mail by SMTP and keeps it as a file. Over HTTP `GET /mails?to=` lists
 * them, `GET /mails/<file>` gives one, `POST /behaviour {mode}` makes it fail as real ones do.
 */
export async function startMailbox({ smtpPort, httpPort, folder }: MailboxOptions) {
  const store = await MailStore.open(folder);
  const behaviour = new Behaviour();
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    hideSize: false,
    size: largestMail,
    closeTimeout: 2_000,
    disableReverseLookup: true,
    onData: async (stream, session, callback) => {
      const chunks: Buffer[] = [];
      for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
      if (stream.sizeExceeded) return callback(answer(552, 'the mail is too large'));
      await behaviour.whileHanging();
      if (behaviour.mode === 'fail') return callback(answer(451, 'told to fail'));
      if (behaviour.mode === 'refuse') return callback(answer(550, 'told to refuse'));
      try {
        const { file, isNew } = await store.store(Buffer.concat(chunks));
        if (behaviour.mode === 'lose') return breakOff(smtp, session.id);
        callback(null, isNew ? `kept as ${file}` : `known as ${file}`);
      } catch (cause) {
        callback(answer(451, `not kept: ${(cause as Error).message}`));
      }
    },
  });
  // A client that breaks its connection is no fault of the mailbox.
  smtp.on('error', (cause) => process.stderr.write(`${cause.message}\n`));
  await new Promise<void>((resolve, reject) => {
    smtp.server.once('error', reject);
    smtp.listen(smtpPort, '127.0.0.1', resolve);
  });
  const http = await serveHttp(
    {
      ...behaviour.routes,
      'GET /mails': (_request, response, url) => {
        const to = url.searchParams.get('to');
        const mails = store.mails.filter((mail) => to === null || mail.to.includes(to));
        sendJson(response, 200, { mails });
      },
      'GET /mails/*': async (_request, response, url) => {
        const file = decodeURIComponent(url.pathname.slice('/mails/'.length));
        const isAttachment = store.mails.some(({ attachments }) => attachments.includes(file));
        if (!store.has(file) && !isAttachment) throw new Refusal(404, 'not_found', `no mail ${file}`);
        response.writeHead(200, { 'content-type': isAttachment ? 'application/octet-stream' : 'message/rfc822' });
        response.end(await readFile(join(folder, file)));
      },
    },
    httpPort,
  );
  return {
    port: http.port,
    smtpPort: (smtp.server.address() as { port: number }).port,
    [Symbol.asyncDispose]: async () => {
      behaviour.release();
      await http[Symbol.asyncDispose]();
      await new Promise<void>((resolve) => smtp.close(() => resolve()));
    },
  };
}

function answer(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

function breakOff(smtp: SMTPServer, sessionId: string): void {
  for (const connection of smtp.connections) if (connection.id === sessionId) connection._socket.destroy();
}
