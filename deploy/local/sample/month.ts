import { liveThrough } from './activate.ts';
import { Api } from './api.ts';
import { closeMonth, mailsOf } from './closeMonth.ts';
import { importUsage } from './importUsage.ts';
import { sampleLines } from './lives.ts';
import { progress } from './progress.ts';
import { count, type Message, type Money } from './resources.ts';
import { BUSINESS, setUp } from './setUp.ts';
import { inParallel } from './until.ts';
import { usageFile } from './usageFile.ts';

export interface SampleMonthOptions {
  readonly gatewayUrl: string;
  /** An operator's token, or where to get a fresh one. */
  readonly token: string | (() => Promise<string>);
  /** The month, such as `2026-10`; `lastFullMonth` gives the usual one. */
  readonly month: string;
  /** Where progress is shown. */
  readonly out?: NodeJS.WritableStream;
  readonly records?: number;
}

export interface SampleMonthSummary {
  readonly business: string;
  readonly month: string;
  readonly elapsedMs: number;
  readonly records: {
    readonly read: number;
    readonly rated: number;
    readonly duplicate: number;
    readonly rejected: number;
    readonly late: number;
    readonly byReason: Readonly<Record<string, number>>;
    readonly bytes: bigint;
  };
  readonly lines: number;
  readonly customers: number;
  readonly invoices: number;
  readonly charges: Money;
  readonly tax: Money;
  readonly total: Money;
  readonly settlement: { readonly state: string; readonly differences: number };
  readonly mails: { readonly sent: number; readonly failed: number };
  readonly sms: number;
  /** Ids to try things with. */
  readonly examples: {
    readonly customerId: string;
    readonly lineId: string;
    readonly invoiceId: string;
    readonly invoiceNumber: string;
    readonly usageFileId: string;
  };
}

/** The month before this one, where the business is. */
export function lastFullMonth(now: Date, timeZone = 'Asia/Seoul'): string {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone,
    year: 'numeric',
    month: 'numeric',
  }).formatToParts(now);
  const part = (type: string) => Number(parts.find((each) => each.type === type)?.value);
  const months = part('year') * 12 + part('month') - 2;
  return `${Math.floor(months / 12)}-${String((months % 12) + 1).padStart(2, '0')}`;
}

/**
 * Takes the sample business through one month by the public REST API alone. Every step carries its own
 * Idempotency-Key, so a run that was interrupted is continued by running it again.
 */
export async function runSampleMonth(options: SampleMonthOptions): Promise<SampleMonthSummary> {
  const started = Date.now();
  const { month, records = 50_000 } = options;
  const out = options.out === undefined ? {} : { out: options.out };
  const api = new Api({ gatewayUrl: options.gatewayUrl, token: options.token });
  const keyPrefix = `sample-${BUSINESS}-${month}`;

  const customers = await setUp(api, keyPrefix);
  const lines = sampleLines(month);
  const bar = progress(options.out, 'lines activated', lines.length);
  let activated = 0;
  const lineIds = await inParallel(lines, 8, async (line) => {
    const customer = customers.get(line.customer);
    if (customer === undefined) throw new Error(`no customer ${line.customer.key}`);
    const id = await liveThrough(api, keyPrefix, line, customer);
    bar.update(++activated);
    return id;
  });
  bar.end();

  const source = `sample-${month}.csv`;
  const file = await importUsage(api, {
    business: BUSINESS,
    source,
    records,
    file: () => usageFile({ records, lines, month }),
    ...out,
  });
  const { period, invoices, settlement } = await closeMonth(api, {
    business: BUSINESS,
    month,
    ...out,
  });
  const customerIds = new Set([...customers.values()].map(({ id }) => id));
  const mails = await mailsOf(api, { business: BUSINESS, month, invoices, ...out });
  const sms = (await api.list<Message>('/v1/messages?channel=CHANNEL_SMS', 'messages')).filter(({ customerId }) =>
    customerIds.has(customerId ?? ''),
  );

  const [invoice] = invoices;
  return {
    business: BUSINESS,
    month,
    elapsedMs: Date.now() - started,
    records: {
      read: count(file.recordsRead),
      rated: count(file.rated),
      duplicate: count(file.duplicate),
      rejected: count(file.rejected),
      late: count(file.late),
      byReason: Object.fromEntries(
        Object.entries(file.rejectionsByReason ?? {}).map(([reason, value]) => [reason, count(value)]),
      ),
      bytes: BigInt(file.ratedBytes ?? '0'),
    },
    lines: count(period.moved),
    customers: customers.size,
    invoices: invoices.length,
    charges: settlement.totalCharges,
    tax: settlement.totalTax,
    total: settlement.totalInvoiced,
    settlement: {
      state: settlement.state,
      differences: settlement.differences?.length ?? 0,
    },
    mails: {
      sent: mails.filter(({ state }) => state === 'MESSAGE_STATE_SENT').length,
      failed: mails.filter(({ state }) => state === 'MESSAGE_STATE_FAILED').length,
    },
    sms: sms.length,
    examples: {
      customerId: invoice?.customerId ?? '',
      lineId: lineIds[0] ?? '',
      invoiceId: invoice?.id ?? '',
      invoiceNumber: invoice?.number ?? '',
      usageFileId: file.id,
    },
  };
}
