import type { Api } from './api.ts';
import type { SampleLine } from './lives.ts';
import type { Line, Order } from './resources.ts';
import type { Payer } from './setUp.ts';
import { until } from './until.ts';

/** What happens to a line, without whose it is. */
export type Lived = Omit<SampleLine, 'customer'>;

/** A saga that failed because a service was restarting is worth another order. */
const ATTEMPTS = 3;
const ORDER_PATIENCE_MS = 60_000;

/** Takes a line through its month: activation, then each change, one after the other. Answers with the line's id. */
export async function liveThrough(api: Api, keyPrefix: string, line: Lived, payer: Payer): Promise<string> {
  const key = `${keyPrefix}-line-${line.serviceNumber}`;
  const lineId = await activate(api, key, line, payer);
  for (const [index, { command, time }] of line.changes.entries()) {
    await succeed(
      `${command} ${line.serviceNumber}`,
      async (attempt) => {
        const order = await api.post<Order>(
          `/v1/lines/${lineId}:${command}`,
          { effectiveTime: time.toISOString() },
          `${key}-${index}-${command}-${attempt}`,
        );
        return order.id;
      },
      api,
    );
  }
  return lineId;
}

function activate(api: Api, key: string, line: Lived, payer: Payer): Promise<string> {
  return succeed(
    `activate ${line.serviceNumber}`,
    async (attempt) => {
      const created = await api.post<Line>(
        '/v1/lines',
        {
          customerId: payer.id,
          accountId: payer.accountId,
          offeringId: line.plan,
          serviceNumber: line.serviceNumber,
          apn: line.apn,
          activateTime: line.activateTime.toISOString(),
        },
        `${key}-activate-${attempt}`,
      );
      return created.pendingOrderId ?? '';
    },
    api,
  );
}

/** Answers with the id of what the order was about, once an order has completed. */
async function succeed(what: string, place: (attempt: number) => Promise<string>, api: Api): Promise<string> {
  let reason = '';
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const orderId = await place(attempt);
    const order = await until(
      `the order to ${what}`,
      ORDER_PATIENCE_MS,
      async () => {
        const current = await api.get<Order>(`/v1/orders/${orderId}`);
        return current.state === 'ORDER_STATE_PENDING' ? undefined : current;
      },
      60,
    );
    if (order.state === 'ORDER_STATE_COMPLETED') return order.subjectId;
    reason = `${order.state} ${order.stateReason ?? ''}`;
  }
  throw new Error(`the order to ${what} ended as ${reason}`);
}
