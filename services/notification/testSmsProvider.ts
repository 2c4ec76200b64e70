import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedText {
  key: string;
  to: string;
  text: string;
}

/** A provider of text messages that a test tells how to answer. */
export class TestSmsProvider implements AsyncDisposable {
  readonly requests: ReceivedText[] = [];
  /** What the next requests are answered with; 202 when it is empty. `hang` answers never. */
  readonly answers: (number | 'hang')[] = [];
  retryAfter: string | undefined;
  mostAtOnce = 0;
  #atOnce = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#atOnce += 1;
      this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      response.on('close', () => {
        this.#atOnce -= 1;
      });
      request.on('end', () => {
        const body = JSON.parse(Buffer.concat(parts).toString()) as { to: string; text: string };
        this.requests.push({ key: String(request.headers['idempotency-key']), ...body });
        const answer = this.answers.shift() ?? 202;
        if (answer === 'hang') return;
        if (this.retryAfter !== undefined) response.setHeader('retry-after', this.retryAfter);
        setTimeout(() => response.writeHead(answer).end('{}'), 5);
      });
    });
  }

  static async start(): Promise<TestSmsProvider> {
    const provider = new TestSmsProvider();
    await new Promise<void>((resolve) => provider.#server.listen(0, '127.0.0.1', resolve));
    return provider;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
