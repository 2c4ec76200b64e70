import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { signatureOf } from './domain/signature.ts';
import { Till, webhookSecret } from './testing/till.ts';

const invalid = { reason: 'WEBHOOK_SIGNATURE_INVALID' };

/** What the provider has sent here, and what it is answered with. */
class Listener implements AsyncDisposable {
  readonly received: { body: Buffer; signature: string | undefined }[] = [];
  status = 200;
  readonly #server: Server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      this.received.push({ body: Buffer.concat(parts), signature: request.headers['payment-signature'] as string });
      response.writeHead(this.status).end();
    });
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async first() {
    await expect.poll(() => this.received.length).toBeGreaterThan(0);
    const [first] = this.received;
    if (!first) throw new Error('unreachable');
    return first;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describe('webhooks of the payment provider', () => {
  let till: Till;
  let listener: Listener;
  beforeEach(async () => {
    listener = new Listener();
    till = await Till.open({ webhookUrl: await listener.listen() });
    // The provider signs with the time of day.
    till.books.now = new Date();
    await till.newCustomer('rider', 'tok_visa');
  });
  afterEach(async () => {
    await till[Symbol.asyncDispose]();
    await listener[Symbol.asyncDispose]();
  });

  const lostCapture = async (process: ReturnType<Till['process']>) => {
    await till.behave({ mode: 'lose' });
    await expect(process.charge({ key: 'k' })).rejects.toMatchObject({ reason: 'PAYMENT_PROVIDER_UNAVAILABLE' });
    await till.behave({ mode: 'ok' });
    // As if it had been looked for in vain before: nobody would look for a while.
    await till.books.database.query("update payments set look_time = look_time + interval '1 hour'");
  };
  const states = async () => {
    const { rows } = await till.books.database.query('select state from payments');
    return rows.map(({ state }) => state);
  };

  it('TAXI-4 one has the payment looked up at once; a second and a late one change nothing', async () => {
    await till.behave({ webhooks: { copies: 2 } });
    const process = till.process();
    await lostCapture(process);
    await process.followUp();
    expect(await states()).toEqual(['PENDING']);
    const { body, signature } = await listener.first();
    await process.webhook(body, signature);
    await process.followUp();
    expect(await states()).toEqual(['CAPTURED']);
    await expect.poll(() => listener.received.length).toBe(2);
    for (const again of listener.received) await process.webhook(again.body, again.signature);
    await process.followUp();
    expect((await till.events()).map(({ name }) => name)).toEqual(['PaymentCaptured']);
    await till.expectSound();
  });

  it('TAXI-4 one that arrives before the answer, and is followed, charges once', async () => {
    const process = till.process();
    const { provider } = process.parts;
    const { charge } = provider;
    const followed = Promise.withResolvers<void>();
    provider.charge = async (order) => {
      const outcome = await charge(order);
      await followed.promise;
      return outcome;
    };
    const other = till.process();
    const charging = process.charge({ key: 'k' });
    const { body, signature } = await listener.first();
    await other.webhook(body, signature);
    await other.followUp();
    expect(await states()).toEqual(['CAPTURED']);
    followed.resolve();
    await charging;
    expect((await till.events()).map(({ name }) => name)).toEqual(['PaymentCaptured']);
    await till.expectSound();
  });

  it('TAXI-4 believes none that is forged, changed, too old or of the future', async () => {
    const process = till.process();
    await lostCapture(process);
    const { body, signature } = await listener.first();
    const seconds = Math.floor(till.books.now.getTime() / 1_000);
    const signed = (at: number, secret = webhookSecret) => `t=${at},v1=${signatureOf(secret, at, body)}`;
    const changed = Buffer.from(body.toString().replace('captured', 'failed'));
    await expect(process.webhook(changed, signature)).rejects.toMatchObject(invalid);
    for (const wrong of [
      ...[undefined, '', 'nonsense', `t=${seconds}`, `t=${seconds},v1=00`, signed(seconds, 'another secret')],
      ...[signed(seconds - 301), signed(seconds + 302), signature?.replace(/t=\d+/, `t=${seconds + 1_000}`)],
    ]) {
      await expect(process.webhook(body, wrong)).rejects.toMatchObject(invalid);
    }
    await expect(till.process({ webhookSecret: undefined }).webhook(body, signature)).rejects.toMatchObject(invalid);
    await process.followUp();
    expect(await states()).toEqual(['PENDING']);
    // while the provider changes its secret, it signs with both
    await process.webhook(body, `t=${seconds},v1=${'0'.repeat(64)},v1=${signatureOf(webhookSecret, seconds, body)}`);
    await process.followUp();
    expect(await states()).toEqual(['CAPTURED']);
  });

  it('TAXI-4 one that lies is looked up, and not believed', async () => {
    const process = till.process();
    await till.behave({ mode: 'fail' });
    await expect(process.charge({ key: 'k' })).rejects.toThrow();
    await till.behave({ mode: 'ok' });
    const { rows } = await till.books.database.query('select id from payments');
    const seconds = Math.floor(till.books.now.getTime() / 1_000);
    const send = (event: unknown) => {
      const body = Buffer.from(typeof event === 'string' ? event : JSON.stringify(event));
      return process.webhook(body, `t=${seconds},v1=${signatureOf(webhookSecret, seconds, body)}`);
    };
    await send({ type: 'payment.captured', data: { idempotency_key: rows[0].id, status: 'captured', amount: '1100' } });
    await process.followUp();
    expect(await states()).toEqual(['PENDING']);
    // and what is about something unknown is taken and forgotten
    for (const event of [
      { type: 'payment.captured', data: { idempotency_key: 'nobody' } },
      { type: 'card.added' },
      {},
      null,
    ]) {
      await send(event);
    }
    await expect(send('{')).rejects.toMatchObject({ reason: 'INVALID_REQUEST' });
  });

  it('TAXI-4 nobody needs them: switched off, everything is found all the same', async () => {
    await till.behave({ webhooks: { off: true } });
    const process = till.process();
    await till.behave({ mode: 'lose' });
    await expect(process.charge({ key: 'k' })).rejects.toThrow();
    await process.followUp();
    expect([await states(), listener.received]).toEqual([['CAPTURED'], []]);
  });

  it('TAXI-4 the provider sends until somebody takes it, also after its restart', async () => {
    listener.status = 503;
    await till.process().charge();
    await expect.poll(() => listener.received.length).toBeGreaterThan(1);
    await till.restartProvider();
    listener.status = 200;
    const before = listener.received.length;
    await expect.poll(() => listener.received.length).toBeGreaterThan(before);
    await till.restartProvider();
    await till.process().charge();
    const bodies = () => listener.received.map(({ body }) => JSON.parse(body.toString()).data.id as string);
    await expect.poll(() => new Set(bodies()).size).toBe(2);
  });
});
