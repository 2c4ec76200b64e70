import PDFDocument from 'pdfkit';
import { loadFonts } from '#shared/documents/fonts';
import { isAdjusted, type OwnBook } from '../domain/books.ts';
import { figureText } from '../rpc/convert.ts';
import type { SettlementHead } from '../store/mapping.ts';
import { table } from './table.ts';

/**
 * The settlement to read, as PDF: totals, products and differences; the sums by customer are in the CSV.
 * The same settlement gives the same bytes, because the only time in it is the settlement's own.
 */
export async function* pdfDocument(head: SettlementHead, own: OwnBook): AsyncGenerator<Buffer> {
  const font = await loadFonts();
  const title = `Settlement ${head.business} ${head.period}`;
  const document = new PDFDocument({
    size: 'A4',
    margin: 48,
    info: { Title: title, Author: 'Jangbu', CreationDate: head.settleTime ?? head.updateTime },
  });
  document.registerFont('regular', font.regular);
  document.registerFont('bold', font.bold);
  writeHead(document, title, head);
  writeTotals(document, head, own);
  writeProducts(document, own);
  writeAdjustments(document, own);
  writeDifferences(document, head);
  document.end();
  yield* document;
}

type Document = InstanceType<typeof PDFDocument>;

function writeHead(document: Document, title: string, head: SettlementHead): void {
  document.font('bold').fontSize(20).text(title);
  const instant = head.settleTime ?? head.updateTime;
  const said = {
    OPEN: 'OPEN: figures are still arriving.',
    SETTLED: "SETTLED: rating's, billing's and settlement's own figures agree to the last unit.",
    DIFFERENCE: 'DIFFERENCE: the books do not agree; see the differences below.',
  }[head.verdict.state];
  document.font('regular').fontSize(10).text(said).text(`As of ${instant.toISOString()}`).moveDown();
}

function writeTotals(document: Document, head: SettlementHead, own: OwnBook): void {
  table(
    document,
    'Totals',
    [{ title: 'Figure' }, { title: 'Value', right: true }],
    [
      ['Invoices', grouped(head.invoices)],
      ['Lines', grouped(head.lines)],
      ['Customers', grouped(head.customers)],
      ['Usage, bytes', grouped(head.usageBytes)],
      ...own.totals.flatMap(({ currency, subtotal, tax, total }) => [
        ['Charges', figureText(currency, subtotal)],
        ['Tax', figureText(currency, tax)],
        ['Invoiced', figureText(currency, total)],
      ]),
    ],
  );
}

function writeProducts(document: Document, own: OwnBook): void {
  const columns = [
    { title: 'Product', share: 2.2 },
    { title: 'Lines', right: true },
    { title: 'Usage, bytes', right: true },
    { title: 'Charges', right: true },
  ];
  table(
    document,
    'By product',
    columns,
    own.products.map(({ offeringId, currency, lines, usageBytes, charges }) => [
      offeringId,
      grouped(lines),
      grouped(usageBytes),
      figureText(currency, charges),
    ]),
  );
}

/** Of the products' charges those for earlier months. */
function writeAdjustments(document: Document, own: OwnBook): void {
  const adjusted = own.products.filter(isAdjusted);
  if (adjusted.length === 0) return;
  table(
    document,
    'Adjustments of earlier months, part of the charges',
    [
      { title: 'Product', share: 2.2 },
      { title: 'Usage, bytes', right: true },
      { title: 'Charges', right: true },
    ],
    adjusted.map(({ offeringId, currency, adjustmentCharges, adjustmentUsageBytes }) => [
      offeringId,
      grouped(adjustmentUsageBytes),
      figureText(currency, adjustmentCharges),
    ]),
  );
}

function writeDifferences(document: Document, head: SettlementHead): void {
  if (head.verdict.state !== 'DIFFERENCE') return;
  const columns = [
    { title: 'Figure' },
    { title: 'Product', share: 2.6 },
    { title: 'Book', share: 0.6 },
    { title: 'It says', right: true, share: 1.4 },
    { title: 'Counted', right: true, share: 1.4 },
  ];
  table(
    document,
    'Differences',
    columns,
    head.verdict.differences.map(({ figure, offeringId, source, currency, expected, actual }) => [
      figure,
      offeringId,
      source,
      figureText(currency, expected),
      figureText(currency, actual),
    ]),
  );
}

/** A whole number with its thousands apart. */
function grouped(value: bigint): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}
