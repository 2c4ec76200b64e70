import { createTransport } from 'nodemailer';
import { sleep } from '#shared/process/background';
import type { Outcome } from '../domain/retry.ts';
import type { Send } from './sender.ts';

export interface MailOptions {
  /** `smtp://user:password@host:port` or `smtps://…`. */
  url: string;
  from: string;
  connections: number;
  /** Most time one attempt may take, in milliseconds. */
  timeLimitMs: number;
}

/** Sends by SMTP over a few kept connections. */
export function mailSender({ url, from, connections, timeLimitMs }: MailOptions): { send: Send; close: () => void } {
  const silence = Math.min(timeLimitMs, 20_000);
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: connections,
    connectionTimeout: silence,
    greetingTimeout: silence,
    socketTimeout: silence,
    dnsTimeout: silence,
    // Texts and documents come as values; a message must not make the service read files or fetch addresses.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  // A failure of a pooled connection is the attempt's outcome; without a listener it would end the process.
  transport.on('error', () => {});
  const send: Send = async (message) => {
    const attempt = transport.sendMail({
      from,
      // As an object it is one address, whatever commas it may hold.
      to: { name: '', address: message.to },
      subject: message.subject,
      text: message.body,
      messageId: `<${message.id}@jangbu>`,
      date: message.createTime,
      attachments: message.documents.map(({ name, contentType, bytes }) => ({
        filename: name,
        contentType,
        content: bytes,
      })),
    });
    return inTime(
      attempt.then(() => ({ kind: 'sent' }) as const, classifySmtp),
      timeLimitMs,
    );
  };
  return { send, close: () => transport.close() };
}

/** SMTP's own timeouts end silence; this ends an answer that drips on for ever. */
async function inTime(attempt: Promise<Outcome>, limitMs: number): Promise<Outcome> {
  const over = new AbortController();
  const late = sleep(limitMs, over.signal).then(
    (): Outcome => ({ kind: 'failed', reason: `the mail server took longer than ${limitMs} ms` }),
  );
  try {
    return await Promise.race([attempt, late]);
  } finally {
    over.abort();
  }
}

// Replies to these commands are about the message. A 5xx to the greeting, TLS or sign-in is about the connection.
const aboutMessage = new Set(['MAIL FROM', 'RCPT TO', 'DATA']);

/** RFC 5321: 5yz is permanent, 4yz is not; 503 says that the session was in the wrong state, not the message. */
export function classifySmtp(error: unknown): Outcome {
  const { code, command, responseCode, message } = error as Error & {
    code?: string;
    command?: string;
    responseCode?: number;
  };
  const reason = `SMTP: ${message}`;
  const refused = responseCode !== undefined && responseCode >= 500 && responseCode !== 503;
  if (refused && aboutMessage.has(command ?? '')) return { kind: 'refused', reason };
  // An address that cannot be put into an envelope at all never reaches the server.
  if (code === 'EENVELOPE' && responseCode === undefined) return { kind: 'refused', reason };
  return { kind: 'failed', reason };
}
