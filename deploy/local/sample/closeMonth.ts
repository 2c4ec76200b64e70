import { type Api, ApiError } from './api.ts';
import { progress } from './progress.ts';
import { count, type Invoice, type Message, type Period, type Settlement } from './resources.ts';
import { until } from './until.ts';

export interface ClosedMonth {
  readonly period: Period;
  readonly invoices: readonly Invoice[];
  readonly settlement: Settlement;
}

/** Closes the month and waits until billing has invoiced and settlement has settled it. Closing twice changes nothing. */
export async function closeMonth(
  api: Api,
  {
    business,
    month,
    out,
    patienceMs = 120_000,
  }: {
    business: string;
    month: string;
    out?: NodeJS.WritableStream;
    patienceMs?: number;
  },
): Promise<ClosedMonth> {
  const first = await api.post<Period>(`/v1/periods/${month}:close`, { business }, `close-${business}-${month}`);
  const bar = progress(out, 'lines closed', count(first.lines));
  const period = await until(`period ${month} to close`, patienceMs, async () => {
    const current = await api.get<Period>(`/v1/periods/${month}?business=${business}`);
    bar.update(count(current.moved));
    return current.state === 'PERIOD_STATE_CLOSED' ? current : undefined;
  });
  bar.end(count(period.lines));
  const settlement = await until(`the settlement of ${month}`, patienceMs, () => settled(api, business, month));
  const invoices = await api.list<Invoice>(`/v1/invoices?business=${business}&period=${month}`, 'invoices');
  return { period, invoices, settlement };
}

async function settled(api: Api, business: string, month: string): Promise<Settlement | undefined> {
  try {
    const settlement = await api.get<Settlement>(`/v1/settlements/${month}?business=${business}`);
    return settlement.state === 'SETTLEMENT_STATE_OPEN' ? undefined : settlement;
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'SETTLEMENT_NOT_FOUND') return undefined;
    throw error;
  }
}

/** Waits until every mail of the month is out: one an invoice, and one to the department. */
export async function mailsOf(
  api: Api,
  {
    business,
    month,
    invoices,
    out,
    patienceMs = 60_000,
  }: {
    business: string;
    month: string;
    invoices: readonly Invoice[];
    out?: NodeJS.WritableStream;
    patienceMs?: number;
  },
): Promise<Message[]> {
  const expected = invoices.length + 1;
  const bar = progress(out, 'mails sent', expected);
  const subjects = [...invoices.map(({ number }) => number), `${business} ${month}`];
  const mails = await until(
    `${expected} mails to be sent`,
    patienceMs,
    async () => {
      const all = await api.list<Message>('/v1/messages?channel=CHANNEL_EMAIL', 'messages');
      const ours = all.filter(({ subject }) => subjects.some((part) => ` ${subject}`.includes(` ${part}`)));
      const gone = ours.filter(({ state }) => state !== 'MESSAGE_STATE_QUEUED');
      bar.update(gone.length);
      return gone.length >= expected && gone.length === ours.length ? ours : undefined;
    },
    300,
  );
  bar.end(mails.length);
  return mails;
}
