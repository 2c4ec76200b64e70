import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A mail as it came over the wire. */
export interface ReceivedMail {
  from: string;
  to: string;
  raw: string;
  messageId: string;
}

/** What the server answers instead of taking a mail; keyed by the command. */
export interface Refusals {
  rcpt?: { code: number; text: string };
  data?: { code: number; text: string };
  /** Answers nothing to DATA, for ever. */
  hang?: boolean;
}

/** A mail server that really speaks SMTP and keeps what it gets. */
export class TestMailServer implements AsyncDisposable {
  readonly mails: ReceivedMail[] = [];
  refusals: Refusals = {};
  connections = 0;
  readonly #server: SMTPServer;

  private constructor() {
    this.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS', 'AUTH'],
      closeTimeout: 100,
      onConnect: (_session, done) => {
        this.connections += 1;
        done();
      },
      onRcptTo: (_address, _session, done) => done(refusal(this.refusals.rcpt)),
      onData: (stream, { envelope }, done) => {
        const parts: Buffer[] = [];
        stream.on('data', (part: Buffer) => parts.push(part));
        stream.on('end', () => {
          if (this.refusals.hang) return;
          if (this.refusals.data) return done(refusal(this.refusals.data));
          const raw = Buffer.concat(parts).toString();
          this.mails.push({
            from: envelope.mailFrom ? envelope.mailFrom.address : '',
            to: envelope.rcptTo.map(({ address }) => address).join(),
            raw,
            messageId: /^message-id: *(\S+)/im.exec(raw)?.[1] ?? '',
          });
          done();
        });
      },
    });
    this.#server.on('error', () => {});
  }

  static async start(): Promise<TestMailServer> {
    const server = new TestMailServer();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', () => resolve()));
    return server;
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.#server.server.address() as AddressInfo).port}`;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

function refusal(answer: { code: number; text: string } | undefined): Error | null {
  return answer ? Object.assign(new Error(answer.text), { responseCode: answer.code }) : null;
}
