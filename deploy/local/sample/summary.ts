import type { SampleMonthSummary } from './month.ts';

const number = (value: number | bigint): string => value.toLocaleString('en');

/** `12.3 GiB`: two hundredths less precise than the table's other figures, for the eye only. */
function volume(bytes: bigint): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = Number(bytes);
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(unit === 0 ? 0 : 1)} ${units[unit]}`;
}

function money({ currency, amount }: { currency: string; amount: string }): string {
  const [whole = '0', decimals] = amount.split('.');
  return `${currency} ${BigInt(whole).toLocaleString('en')}${decimals === undefined ? '' : `.${decimals}`}`;
}

const REASONS: Readonly<Record<string, string>> = {
  MALFORMED: 'broken fields',
  UNKNOWN_LINE: 'unknown line',
  APN_MISMATCH: 'wrong APN',
  LINE_NOT_ACTIVE: 'line not in service',
  FUTURE: 'clock in the future',
};

type Row = readonly [label: string, value: string] | 'rule';

function rows(summary: SampleMonthSummary): Row[] {
  const { records, settlement, mails } = summary;
  const agrees = settlement.state === 'SETTLEMENT_STATE_SETTLED';
  return [
    ['Usage records read', number(records.read)],
    ['  rated', number(records.rated)],
    ['  duplicate', number(records.duplicate)],
    ['  late', number(records.late)],
    ['  rejected', number(records.rejected)],
    ...Object.entries(records.byReason)
      .sort(([, left], [, right]) => right - left)
      .map(([reason, value]) => [`    ${REASONS[reason] ?? reason}`, number(value)] as const),
    ['Volume rated', volume(records.bytes)],
    'rule',
    ['Lines closed', number(summary.lines)],
    ['Invoices', `${number(summary.invoices)} for ${number(summary.customers)} customers`],
    ['  charges', money(summary.charges)],
    ['  tax', money(summary.tax)],
    ['  total', money(summary.total)],
    'rule',
    ['Settlement', agrees ? 'agrees to the last unit' : `${settlement.differences} DIFFERENCES`],
    ['Mails sent', mails.failed === 0 ? number(mails.sent) : `${number(mails.sent)} (${number(mails.failed)} FAILED)`],
    ['Text messages', number(summary.sms)],
  ];
}

/** The month as a table. */
export function renderSummary(summary: SampleMonthSummary): string {
  const title = `${summary.business} · ${summary.month} · ${(summary.elapsedMs / 1000).toFixed(1)} s`;
  const body = rows(summary);
  const cells = body.filter((row) => row !== 'rule');
  const left = Math.max(...cells.map(([label]) => label.length));
  const right = Math.max(...cells.map(([, value]) => value.length), title.length - left - 2);
  const rule = (start: string, end: string) => `${start}${'─'.repeat(left + right + 4)}${end}`;
  return [
    rule('╭', '╮'),
    `│ ${title.padEnd(left + right + 2)} │`,
    rule('├', '┤'),
    ...body.map((row) => (row === 'rule' ? rule('├', '┤') : `│ ${row[0].padEnd(left)}  ${row[1].padStart(right)} │`)),
    rule('╰', '╯'),
  ].join('\n');
}
