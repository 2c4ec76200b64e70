import { describe, expect, it } from 'vitest';
import type { Invoice } from '../domain/invoice.ts';
import { formatAmount, formatQuantity } from './format.ts';
import { invoicePdf } from './invoicePdf.ts';

const invoice = (lines: number): Invoice => ({
  id: '0192',
  business: 'iot',
  number: 42n,
  customerId: 'c',
  accountId: 'a',
  period: '2026-11',
  state: 'ISSUED',
  currency: 'KRW',
  subtotal: 11_950n,
  tax: 1_195n,
  total: 13_145n,
  issueTime: new Date('2026-11-30T15:00:05Z'),
  customerName: '홍길동 농장',
  email: 'farm@example.com',
  address: '전라남도 나주시 1-2',
  lines: Array.from({ length: lines }, (_, index) => ({
    component: 'Data',
    description: 'Data '.repeat(index === 0 ? 60 : 1),
    quantity: '209715200',
    metric: 'bytes',
    amount: 2050n,
    tariffId: 'basic',
    tariffVersion: undefined,
    adjustedPeriod: undefined,
    lineId: `line ${index >> 1}`,
    offeringId: 'basic',
    serviceNumber: '01012345678',
  })),
});
const pages = (pdf: Uint8Array) =>
  Buffer.from(pdf)
    .toString('latin1')
    .match(/\/Type \/Page\b/g)?.length;

describe('invoicePdf', () => {
  it('IOT-10 gives the same bytes every time', async () => {
    const names = new Map([['basic', '기본 요금제']]);
    const [first, second] = [
      await invoicePdf(invoice(3), names, 'Asia/Seoul'),
      await invoicePdf(invoice(3), names, 'Asia/Seoul'),
    ];
    expect(Buffer.from(first.subarray(0, 5)).toString()).toBe('%PDF-');
    expect(Buffer.compare(first, second)).toBe(0);
    expect(pages(first)).toBe(1);
  });

  it('goes on over as many pages as it needs', async () => {
    expect(pages(await invoicePdf(invoice(200), new Map(), 'Asia/Seoul'))).toBe(8);
    expect(pages(await invoicePdf(invoice(0), new Map(), 'Asia/Seoul'))).toBe(1);
  });
});

describe('format', () => {
  it('reads well', () => {
    expect(formatAmount('KRW', 1_234_567n)).toBe('KRW 1,234,567');
    expect(formatAmount('USD', -123_456n)).toBe('USD -1,234.56');
    expect(formatQuantity('209715200', 'bytes')).toBe('200.00 MiB');
    expect(formatQuantity('13', 'days')).toBe('13 days');
  });
});
