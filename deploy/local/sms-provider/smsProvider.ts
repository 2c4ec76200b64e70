import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Behaviour } from '../provider/behaviour.ts';
import { type HttpServer, Refusal, readJson, sendJson, serveHttp } from '../provider/http.ts';
import { MessageStore } from './store.ts';

export interface SmsProviderOptions {
  port: number;
  dataDir: string;
}

/**
 * Stands in for a provider of text messages: `POST /messages {to, text}` with an `Idempotency-Key` stores a message
 * once, `GET /messages?to=` lists them, `POST /behaviour {mode}` makes it fail as real ones do.
 */
export async function startSmsProvider({ port, dataDir }: SmsProviderOptions): Promise<HttpServer> {
  const store = await MessageStore.open(join(dataDir, 'messages.jsonl'));
  const behaviour = new Behaviour();
  const http = await serveHttp(
    {
      ...behaviour.routes,
      'GET /messages': (_request, response, url) => {
        const to = url.searchParams.get('to');
        const messages = store.messages.filter((message) => to === null || message.to === to);
        sendJson(response, 200, { messages });
      },
      'POST /messages': async (request, response) => {
        const { to, text } = await readJson(request);
        if (typeof to !== 'string' || to.trim() === '') throw new Refusal(400, 'invalid_request', 'to is missing');
        if (typeof text !== 'string' || text === '') throw new Refusal(400, 'invalid_request', 'text is missing');
        await behaviour.whileHanging();
        if (response.destroyed) return;
        if (behaviour.mode === 'fail') throw new Refusal(503, 'unavailable', 'told to fail');
        if (behaviour.mode === 'refuse') throw new Refusal(422, 'refused', 'told to refuse');
        const key = String(request.headers['idempotency-key'] ?? randomUUID());
        const stored = await store.store(key, to, text);
        if (!stored) throw new Refusal(409, 'key_reused', 'this Idempotency-Key names another message');
        if (behaviour.mode === 'lose') response.destroy();
        else sendJson(response, stored.isNew ? 201 : 200, stored.message);
      },
    },
    port,
  );
  return {
    ...http,
    [Symbol.asyncDispose]: async () => {
      behaviour.release();
      await http[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}
