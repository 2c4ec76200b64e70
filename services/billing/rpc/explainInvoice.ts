import type { MessageInitShape } from '@bufbuild/protobuf';
import type { InvoiceExplanationSchema, TaxExplanationSchema } from '#proto/billing/v1/explanation';
import type { ExplainInvoiceRequest } from '#proto/billing/v1/invoice_service';
import type { ListUsageRecordsResponse } from '#proto/rating/v1/usage_service';
import type { Sql } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { currencyDecimals } from '#shared/money/currency';
import { decimal, divideExact, exactText } from '#shared/money/decimal';
import { toProto } from '#shared/money/money';
import type { Clients } from '#shared/rpc/call';
import type { CallContext } from '#shared/rpc/context';
import { cutPage, pageOf } from '#shared/rpc/page';
import { daysInMonth } from '#shared/time/month';
import { usage } from '../calls.ts';
import { type Invoice, numberText } from '../domain/invoice.ts';
import { type InvoiceContent, invoiceLines } from '../domain/invoiceContent.ts';
import { taxesOf } from '../domain/taxes.ts';
import { adjustmentsOfInvoice } from '../store/adjustments.ts';
import { readTariffMessages } from '../store/copies.ts';
import { readContents } from '../store/invoiceContents.ts';
import { type Explained, explainedAdjustment, explainLines, versionsUsed } from './explainLines.ts';

type Head = Omit<Invoice, 'lines'>;
type Explanation = MessageInitShape<typeof InvoiceExplanationSchema>;

/** Most adjustments of one line that an answer explains. */
const mostOfOneLine = 1_000;

export interface Explaining {
  sql: Sql;
  clients: Pick<Clients, 'for'>;
  timeZone: string;
}

/** Explains an invoice of whom it concerns: page by page, or one line of it with the page of its usage records. */
export async function explainInvoice(
  explaining: Explaining,
  invoice: Head,
  request: ExplainInvoiceRequest,
  context: CallContext,
): Promise<Explanation> {
  const content = (await readContents(explaining.sql, [invoice.id])).get(invoice.id) ?? { lines: [], adjustments: [] };
  const { explained, nextPageToken, usageRecords } =
    request.lineId === ''
      ? { ...(await pageOfLines(explaining.sql, invoice, content, request)), usageRecords: [] }
      : await oneLine(explaining, invoice, content, request, context);
  const portions = explained.flatMap(({ line }) => line.portions);
  const charged = sumByTariff(content);
  const tariffs = await readTariffMessages(explaining.sql, [
    ...portions.map(({ tariffId }) => tariffId),
    ...charged.map(({ tariffId }) => tariffId),
  ]);
  const { currency } = invoice;
  const taxable = charged.map(({ tariffId, minor }) => ({
    rate: exactText(decimal(tariffs.get(tariffId)?.taxRate || '0')),
    minor,
  }));
  return {
    invoice: invoice.id,
    number: numberText(invoice.business, invoice.number),
    period: invoice.period,
    daysInPeriod: daysInMonth(invoice.period),
    timeZone: explaining.timeZone,
    lines: explainLines(explained, tariffs, currency),
    tariffs: versionsUsed(portions, tariffs),
    taxes: taxesOf(taxable, currency).map((tax) => taxToProto(tax, currency)),
    subtotal: toProto({ currency, minor: invoice.subtotal }),
    tax: toProto({ currency, minor: invoice.tax }),
    total: toProto({ currency, minor: invoice.total }),
    usageRecords,
    nextPageToken,
  };
}

/** The lines of the invoice's own month by their ids, and behind them the adjustments by theirs. */
async function pageOfLines(sql: Sql, invoice: Head, content: InvoiceContent, request: ExplainInvoiceRequest) {
  const { limit, after } = pageOf(request);
  const [kind = 'line', key = ''] = after ?? [];
  if ((kind !== 'line' && kind !== 'adjustment') || (after && after.length !== 2)) {
    throw new Fault('PAGE_TOKEN_INVALID', { message: 'page_token is not one of this method' });
  }
  const from = content.lines.findIndex(({ lineId }) => lineId === key) + 1;
  const lines = kind === 'line' ? content.lines.slice(from, from + limit + 1) : [];
  const left = { lineId: '', after: kind === 'line' ? '' : key, limit: limit + 1 - lines.length };
  const adjustments = left.limit > 0 ? await adjustmentsOfInvoice(sql, invoice.id, left) : [];
  const entries = [
    ...lines.map((line) => ({ keys: ['line', line.lineId], explained: { line, period: invoice.period } })),
    ...adjustments.map((each) => ({ keys: ['adjustment', each.id], explained: explainedAdjustment(each) })),
  ];
  const { rows, nextPageToken } = cutPage(entries, limit, ({ keys }) => keys);
  return { explained: rows.map(({ explained }): Explained => explained), nextPageToken };
}

/** The page token is that of rating's list of records. */
async function oneLine(
  { sql, clients }: Explaining,
  invoice: Head,
  content: InvoiceContent,
  request: ExplainInvoiceRequest,
  context: CallContext,
) {
  const { lineId, pageSize, pageToken } = request;
  const lines = content.lines.filter((line) => line.lineId === lineId);
  const adjustments = await adjustmentsOfInvoice(sql, invoice.id, { lineId, after: '', limit: mostOfOneLine });
  const explained: Explained[] = [
    ...lines.map((line) => ({ line, period: invoice.period })),
    ...adjustments.map(explainedAdjustment),
  ];
  const [first] = explained;
  if (!first) {
    throw new Fault('LINE_NOT_FOUND', {
      message: `line ${lineId} is not on invoice ${invoice.id}`,
      metadata: { line: lineId },
    });
  }
  const { usageRecords, nextPageToken }: ListUsageRecordsResponse = await clients
    .for(usage)
    .listUsageRecords({ lineId, period: first.period, pageSize, pageToken }, { context });
  return { explained, usageRecords, nextPageToken };
}

/** What is charged by tariff, in minor units, in the order of the tariffs' ids. */
function sumByTariff(content: InvoiceContent): { tariffId: string; minor: bigint }[] {
  const sums = new Map<string, bigint>();
  for (const { tariffId, amount } of invoiceLines(content)) sums.set(tariffId, (sums.get(tariffId) ?? 0n) + amount);
  return [...sums].map(([tariffId, minor]) => ({ tariffId, minor })).sort((a, b) => (a.tariffId < b.tariffId ? -1 : 1));
}

function taxToProto(
  { rate, taxable, minor }: { rate: string; taxable: bigint; minor: bigint },
  currency: string,
): MessageInitShape<typeof TaxExplanationSchema> {
  const exact = divideExact(taxable, 10n ** BigInt(currencyDecimals(currency))).mul(decimal(rate));
  return {
    rate,
    taxable: toProto({ currency, minor: taxable }),
    tax: toProto({ currency, minor }),
    exactTax: exactText(exact),
  };
}
