import type { Api } from '../../deploy/local/sample/api.ts';
import type { Invoice, Line, Message, Order, Settlement } from '../../deploy/local/sample/resources.ts';
import type { Payer } from '../../deploy/local/sample/setUp.ts';
import { until } from '../../deploy/local/sample/until.ts';
import type { World } from '../journeys/world.ts';

/** A customer as the month's end looks for them. */
export interface MonthCustomer extends Payer {
  readonly email: string;
  readonly phone: string;
}

interface Month {
  readonly business: string;
  readonly month: string;
  readonly customers: readonly MonthCustomer[];
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
  /** What the provider of text messages and the mailbox have taken. */
  readonly delivered: readonly string[];
  readonly lines: unknown;
  readonly orders: unknown;
}

const DROPPED = new Set(['id', 'issueTime', 'settleTime', 'createTime', 'updateTime', 'etag', 'number', 'accountId']);

export async function endState(world: World, api: Api, month: Month): Promise<EndState> {
  const names = new Map<string, string>([
    ...month.customers.flatMap(({ id, email, phone }, index) => [
      [id, `customer ${index}`] as const,
      [email, `mail ${index}`] as const,
      [phone, `phone ${index}`] as const,
    ]),
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
  // Waits until all are out, so it comes before what was delivered.
  const queued = await messages(api, month, expectedTexts);
  return {
    invoices: sorted(plain(invoices)),
    // Which customer has which number may differ; that there is no gap and no number twice may not.
    invoiceNumbers: month.invoices.map(({ number }) => nameless(number, names)).sort(),
    settlement: plain(month.settlement),
    settlementCustomers: plain(await api.list(path, 'customerSettlements')),
    delivered: (await delivered(world, month)).map((text) => withoutNumber(nameless(text, names))).sort(),
    messages: queued.map((message) => withoutNumber(nameless(message, names))).sort(),
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

/** Every message to the month's customers and department, once all of them are out. */
async function messages(api: Api, { business, customers }: Month, expectedTexts: number): Promise<string[]> {
  const all = await until(
    `${expectedTexts} text messages`,
    30_000,
    async () => {
      const lists = await Promise.all(
        customers.map(({ id }) => api.list<Message>(`/v1/messages?customerId=${id}`, 'messages')),
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
    [customerId, channel, to, subject, body, ...(attachments ?? [])].join(' | '),
  );
}

async function delivered(world: World, { customers }: Month): Promise<string[]> {
  const lists = await Promise.all(
    customers.map(async ({ email, phone }) => [
      ...(await world.textMessagesTo(phone)).map(({ to, text }) => `${to} ${text}`),
      ...(await world.mailsTo(email)).map(({ to, subject, contents }) =>
        [to, subject, ...contents.map(({ name }) => name)].join(' '),
      ),
    ]),
  );
  return lists.flat();
}

/** Which invoice got which number may differ. */
function withoutNumber(text: string): string {
  return text.replaceAll(/-\d{8}\b/g, '-N');
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
