import { buffer } from 'node:stream/consumers';
import PDFDocument from 'pdfkit';
import { loadFonts } from '#shared/documents/fonts';
import { dayOf } from '#shared/time/day';
import { type Invoice, type InvoiceLine, numberText } from '../domain/invoice.ts';
import { formatAmount, formatQuantity } from './format.ts';
import { Sheet } from './page.ts';

const quantityColumn = { x: 255, width: 120, align: 'right' } as const;
const amountColumn = { x: 385, width: 110, align: 'right' } as const;

/**
 * The invoice as A4 pages. Everything in the file follows from the invoice, its dates included, so the same invoice
 * gives the same bytes every time.
 */
export async function invoicePdf(
  invoice: Invoice,
  offerings: ReadonlyMap<string, string>,
  timeZone: string,
): Promise<Uint8Array> {
  const number = numberText(invoice.business, invoice.number);
  const pdf = new PDFDocument({
    size: 'A4',
    margins: { top: 40, left: 40, right: 40, bottom: 20 },
    bufferPages: true,
    // No default font: pdfkit would parse a font anew at every use if the default one were registered again by name.
    font: null as never,
    info: { Title: `Invoice ${number}`, Author: invoice.business, CreationDate: invoice.issueTime },
  });
  const fonts = await loadFonts();
  pdf.registerFont('regular', fonts.regular).registerFont('bold', fonts.bold);
  const content = buffer(pdf);
  const sheet = new Sheet(pdf);
  drawHead(sheet, invoice, number, timeZone);
  drawLines(sheet, invoice, offerings);
  drawTotals(sheet, invoice);
  drawPageNumbers(pdf, number);
  pdf.end();
  return content;
}

function drawHead(sheet: Sheet, invoice: Invoice, number: string, timeZone: string): void {
  sheet.row([{ text: '청구서  Invoice', x: 0, width: 495, bold: true }], { size: 20, height: 36 });
  const facts = [
    ['Number', number],
    ['Customer', invoice.customerName || invoice.customerId],
    ['Address', invoice.address],
    ['E-mail', invoice.email],
    ['Account', invoice.accountId],
    ['Period', invoice.period],
    ['Issued', dayOf(invoice.issueTime, timeZone)],
  ];
  for (const [name = '', value = ''] of facts) {
    if (value === '') continue;
    sheet.row([
      { text: name, x: 0, width: 80 },
      { text: value, x: 80, width: 415 },
    ]);
  }
  sheet.space(14);
}

function drawLines(sheet: Sheet, invoice: Invoice, offerings: ReadonlyMap<string, string>): void {
  sheet.row([
    { text: 'Description', x: 0, width: 250, bold: true },
    { text: 'Quantity', ...quantityColumn, bold: true },
    { text: 'Amount', ...amountColumn, bold: true },
  ]);
  sheet.rule();
  if (invoice.lines.length === 0) sheet.row([{ text: 'No charges in this period', x: 0, width: 250 }]);
  const groups = Map.groupBy(invoice.lines, ({ lineId, offeringId }) => JSON.stringify([lineId, offeringId]));
  for (const lines of groups.values()) {
    drawGroup(sheet, invoice.currency, lines, offerings);
  }
  sheet.rule();
}

/** The charges of one line of service for the time that it had one offering, under its service number. */
function drawGroup(
  sheet: Sheet,
  currency: string,
  lines: readonly InvoiceLine[],
  offerings: ReadonlyMap<string, string>,
): void {
  const [first] = lines;
  if (!first) return;
  const subtotal = lines.reduce((sum, { amount }) => sum + amount, 0n);
  const offering = offerings.get(first.offeringId) ?? first.offeringId;
  // A heading stays with its first charge.
  sheet.reserve(36);
  sheet.row([
    { text: `${first.serviceNumber}  ${offering}`, x: 0, width: 375, bold: true },
    { text: formatAmount(currency, subtotal), ...amountColumn, bold: true },
  ]);
  for (const { description, quantity, metric, amount } of lines) {
    sheet.row([
      { text: description, x: 12, width: 238 },
      { text: formatQuantity(quantity, metric), ...quantityColumn },
      { text: formatAmount(currency, amount), ...amountColumn },
    ]);
  }
  sheet.space(4);
}

function drawTotals(sheet: Sheet, { currency, subtotal, tax, total }: Invoice): void {
  sheet.reserve(70);
  const sums = [
    ['Subtotal', subtotal],
    ['Tax', tax],
    ['Total', total],
  ] as const;
  for (const [name, minor] of sums) {
    const bold = name === 'Total';
    const label = bold && minor < 0n ? 'Total in your favour' : name;
    sheet.row([
      { text: label, ...quantityColumn, bold },
      { text: formatAmount(currency, minor), ...amountColumn, bold },
    ]);
  }
}

function drawPageNumbers(pdf: InstanceType<typeof PDFDocument>, number: string): void {
  const { start, count } = pdf.bufferedPageRange();
  for (let page = start; page < start + count; page++) {
    pdf.switchToPage(page);
    const text = `${number}   ${page + 1} / ${count}`;
    pdf.font('regular').fontSize(8).text(text, 50, 795, { width: 495, align: 'center', height: 10, ellipsis: true });
  }
}
