import type { Api } from '../../deploy/local/sample/api.ts';
import type { Invoice, Line, Message, Order, Settlement } from '../../deploy/local/sample/resources.ts';
import { until } from '../../deploy/local/sample/until.ts';

interface Month {
  readonly business: string;
  readonly month: string;
  readonly customerIds: readonly string[];
  readonly lineIds: readonly string[];
  readonly lines: readonly { readonly serviceNumber: string }[];
  readonly invoices: readonly Invoice[];
  readonly settlement: Settlement;
}

/** What a month leaves behind, without ids, times and names that differ from month to month: two months that went alike are equal. */
export interface EndState {
  readonly invoices: unknown;
  readonly invoiceNumbers: readonly string[];
  readonly settlement: unknown;
  readonly settlementCustomers: unknown;
  readonly messages: readonly string[];
  readonly lines: unknown;
  readonly orders: unknown;
}

const DROPPED = new Set(['id', 'issueTime', 'settleTime', 'createTime', 'updateTime', 'etag', 'number', 'accountId']);

export async function endState(api: Api, month: Month): Promise<EndState> {
  const names = new Map<string, string>([
    ...month.customerIds.map((id, index) => [id, `customer ${index}`] as const),
    ...month.lineIds.map((id, index) => [id, `line ${index}`] as const),
    ...month.lines.map(({ serviceNumber }, index) => [serviceNumber, `number ${index}`] as const),
    [month.business.toUpperCase(), 'BUSINESS'],
    [month.business, 'business'],
  ]);
  const plain = (value: unknown): unknown =>
    JSON.parse(
      nameless(
        JSON.stringify(value, (key, each) => (DROPPED.has(key) ? undefined : each)),
        names,
      ),
    );
  // Lines were ordered at the same time, so which of a customer's lines comes first may differ.
  const invoices = month.invoices.map((invoice) => ({
    ...invoice,
    lines: sorted(plain(invoice.lines ?? [])),
  }));
  const path = `/v1/settlements/${month.month}/customers?business=${month.business}`;
  const orders = await api.list<Order>(`/v1/orders?business=${month.business}`, 'orders');
  const lines = await api.list<Line>(`/v1/lines?business=${month.business}`, 'lines');
  const expectedTexts = orders.reduce((sum, { history }) => sum + history.length, 0);
  return {
    invoices: sorted(plain(invoices)),
    // Which customer has which number may differ; that there is no gap and no number twice may not.
    invoiceNumbers: month.invoices.map(({ number }) => nameless(number, names)).sort(),
    settlement: plain(month.settlement),
    settlementCustomers: plain(await api.list(path, 'customerSettlements')),
    messages: (await messages(api, month, expectedTexts)).map((message) => nameless(message, names)).sort(),
    lines: sorted(
      plain(lines.map(({ serviceNumber, state, pendingOrderId }) => ({ serviceNumber, state, pendingOrderId }))),
    ),
    orders: sorted(
      plain(
        orders.map(({ subjectId, action, state, stateReason, history }) => ({
          subjectId,
          action,
          state,
          stateReason,
          history: history.map((step) => step.state),
        })),
      ),
    ),
  };
}

/** Every message to the month's customers and department, once all of them are out. Invoice numbers are left out of the texts. */
async function messages(api: Api, { business, customerIds }: Month, expectedTexts: number): Promise<string[]> {
  const all = await until(
    `${expectedTexts} text messages`,
    30_000,
    async () => {
      const lists = await Promise.all(
        customerIds.map((id) => api.list<Message>(`/v1/messages?customerId=${id}`, 'messages')),
      );
      const texts = lists.flat().filter(({ channel }) => channel === 'CHANNEL_SMS');
      const mails = await api.list<Message>('/v1/messages?channel=CHANNEL_EMAIL', 'messages');
      const departments = mails.filter(({ customerId, subject }) => !customerId && subject?.includes(business));
      const found = [...lists.flat(), ...departments];
      const out = found.every(({ state }) => state === 'MESSAGE_STATE_SENT');
      return out && texts.length >= expectedTexts && departments.length > 0 ? found : undefined;
    },
    250,
  );
  return all.map(({ customerId, channel, to, subject, body, attachments }) =>
    [customerId, channel, to, subject, body, ...(attachments ?? [])].join(' | ').replaceAll(/-\d{8}\b/g, '-N'),
  );
}

/** By content; only for values without names that differ from month to month. */
function sorted(values: unknown): unknown[] {
  return (values as unknown[]).sort((left, right) => order(JSON.stringify(left), JSON.stringify(right)));
}

function order(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function nameless(text: string, names: ReadonlyMap<string, string>): string {
  let plain = text;
  for (const [name, replacement] of names) plain = plain.replaceAll(name, replacement);
  return plain;
}
