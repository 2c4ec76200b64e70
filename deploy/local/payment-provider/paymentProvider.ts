import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Handler, type HttpServer, Refusal, readJson, sendJson, serveHttp } from '../provider/http.ts';
import { balances } from './balances.ts';
import { Behaviour } from './behaviour.ts';
import { cardOf } from './cards.ts';
import { keyOf, paymentOrderOf, refundOrderOf } from './orders.ts';
import { type PaymentRecord, shown } from './records.ts';
import { Vault } from './vault.ts';
import { Webhooks, type WebhookTarget } from './webhooks.ts';

export interface PaymentProviderOptions {
  port: number;
  dataDir: string;
  /** What whoever moves anything must send as bearer token; without it everybody may. Anybody may look. */
  key?: string;
  webhooks?: WebhookTarget;
}

/** Stands in for a provider of payments by card; README says how it is called. */
export async function startPaymentProvider({
  port,
  dataDir,
  key,
  webhooks: target,
}: PaymentProviderOptions): Promise<HttpServer> {
  const vault = await Vault.open(join(dataDir, 'payments.jsonl'));
  const behaviour = new Behaviour();
  const webhooks = new Webhooks(target, behaviour, vault);

  /** What every call goes through: the key, and the modes that answer nobody. */
  const served =
    (handler: Handler): Handler =>
    async (request, response, url) => {
      requireKey(request, key);
      await behaviour.whileHanging();
      if (response.destroyed) return;
      if (behaviour.mode === 'fail') throw new Refusal(503, 'unavailable', 'told to fail');
      await handler(request, response, url);
    };
  /** What moves money; its answer may be lost or late. */
  const moving =
    (work: (request: IncomingMessage) => Promise<() => Promise<Answer>>): Handler =>
    async (request, response) => {
      const move = await work(request);
      if (behaviour.mode === 'late') await sleep(behaviour.lateMs, undefined, { ref: false });
      const { status, body } = await move();
      if (behaviour.mode === 'lose') response.destroy();
      else if (!response.destroyed) sendJson(response, status, body);
    };

  const http = await serveHttp(
    {
      ...behaviour.routes,
      'POST /v1/paymentMethods': served(async (request, response) => {
        const card = cardOf((await readJson(request)).token);
        if (!card) throw new Refusal(422, 'token_unknown', 'no such token');
        const { id, description } = await vault.addMethod(card.description, card.declineCode);
        sendJson(response, 201, { id, description });
      }),
      'GET /v1/payments': served((_request, response, url) =>
        list(response, 'payments', url, vault.payments, (wanted) => vault.paymentBy(wanted)),
      ),
      'GET /v1/refunds': served((_request, response, url) =>
        list(response, 'refunds', url, vault.refunds, (wanted) => vault.refundBy(wanted)),
      ),
      'GET /v1/webhooks': served((_request, response, url) => {
        const payment = vault.paymentBy(url.searchParams.get('idempotency_key') ?? '');
        if (!payment) throw new Refusal(404, 'not_found', 'no payment of this idempotency_key');
        sendJson(response, 200, { delivered: vault.isDelivered(payment) });
      }),
      'GET /v1/balances': served((_request, response) => sendJson(response, 200, { balances: balances(vault) })),
      'POST /v1/payments': served(
        moving(async (request) => {
          const [name, order] = [keyOf(request), await paymentOrderOf(request)];
          return async () => {
            const declining = behaviour.mode === 'decline' ? 'generic_decline' : undefined;
            const { payment, isNew } = await vault.pay(name, order, declining);
            if (isNew) webhooks.tell(payment);
            return paymentAnswer(payment, isNew);
          };
        }),
      ),
      'POST /v1/payments:cancel': served(
        moving(async (request) => {
          const [name, order] = [keyOf(request), await paymentOrderOf(request)];
          return async () => ({ status: 200, body: shown(await vault.cancel(name, order)) });
        }),
      ),
      'POST /v1/refunds': served(
        moving(async (request) => {
          const [name, order] = [keyOf(request), await refundOrderOf(request)];
          return async () => {
            const { refund, isNew } = await vault.refund(name, order);
            return { status: isNew ? 201 : 200, body: shown(refund) };
          };
        }),
      ),
    },
    port,
  );
  return {
    ...http,
    [Symbol.asyncDispose]: async () => {
      behaviour.release();
      await http[Symbol.asyncDispose]();
      await webhooks[Symbol.asyncDispose]();
      await vault[Symbol.asyncDispose]();
    },
  };
}

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

function paymentAnswer(payment: PaymentRecord, isNew: boolean): Answer {
  if (payment.status === 'captured') return { status: isNew ? 201 : 200, body: shown(payment) };
  return { status: 402, body: { ...shown(payment), error: 'payment_declined' } };
}

/** The newest 100 of all, or the one that `idempotency_key` names. */
function list<T extends Parameters<typeof shown>[0]>(
  response: ServerResponse,
  field: string,
  url: URL,
  all: T[],
  by: (key: string) => T | undefined,
): void {
  const wanted = url.searchParams.get('idempotency_key');
  const found = wanted === null ? all.slice(-100).reverse() : [by(wanted)].filter((each) => each !== undefined);
  sendJson(response, 200, { [field]: found.map(shown) });
}

function requireKey(request: IncomingMessage, key: string | undefined): void {
  if (key === undefined || request.method === 'GET') return;
  const sent = Buffer.from(request.headers.authorization ?? '');
  const expected = Buffer.from(`Bearer ${key}`);
  if (sent.length === expected.length && timingSafeEqual(sent, expected)) return;
  throw new Refusal(401, 'unauthorized', 'the key is not right');
}
