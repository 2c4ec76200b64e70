import { beforeAll, expect, test } from 'vitest';
import { closeMonth } from '../../deploy/local/sample/closeMonth.ts';
import type { Invoice, Line } from '../../deploy/local/sample/resources.ts';
import { halfUp } from './bills.ts';
import { activeLine, csv, MONTH, moment, newAccount, newCustomer, openBusiness, record, upload } from './business.ts';
import { request } from './http.ts';
import { theWorld, type World } from './world.ts';

const MIB = 1_048_576n;

interface Explanation {
  readonly invoice: string;
  readonly period: string;
  readonly lines: readonly {
    readonly lineId: string;
    readonly usage: { readonly portions: readonly { readonly tariffId: string }[] };
    readonly charges: readonly {
      readonly component: string;
      readonly amount: { readonly amount: string };
      readonly exactAmount: string;
      readonly steps: readonly { readonly kind: string; readonly quantity: string; readonly unitPrice: string }[];
    }[];
    readonly amount: { readonly amount: string };
  }[];
  readonly tariffs: readonly { readonly id: string; readonly versions: readonly unknown[] }[];
  readonly taxes: readonly {
    readonly taxable: { readonly amount: string };
    readonly tax: { readonly amount: string };
  }[];
  readonly usageRecords?: readonly { readonly recordId: string; readonly fileId: string; readonly fileLine: string }[];
  readonly nextPageToken?: string;
}

let world: World;
let customer: { id: string };
let lines: Line[];
let invoice: Invoice;
let fileId: string;

beforeAll(async () => {
  world = theWorld();
  const api = world.operator;
  const business = await openBusiness(api, {
    fee: '3100',
    allowance: String(MIB),
    tiers: [{ upTo: '2', unitPrice: '10' }, { unitPrice: '2.5' }],
  });
  customer = await newCustomer(api);
  const { id: accountId } = await newAccount(api, customer.id);
  const open = () => activeLine(api, { customerId: customer.id, offeringId: business.offeringId, accountId });
  lines = [await open(), await open()];
  const records = [1, 2, 3].map((day) =>
    record(lines[0] ?? { serviceNumber: '' }, 2n * MIB, moment(MONTH, day, '12:00:00')),
  );
  const file = await upload(api, business, csv(records));
  fileId = file.id;
  const closed = await closeMonth(api, { business: business.name, month: MONTH });
  const [only] = closed.invoices;
  if (only === undefined || closed.invoices.length > 1) throw new Error('one account has one invoice');
  invoice = only;
}, 120_000);

const explain = (query = '') => world.operator.get<Explanation>(`/v1/invoices/${invoice.id}:explain${query}`);

test('IOT-9 every amount of an invoice follows from its explanation', async () => {
  const explanation = await explain();
  expect(explanation).toMatchObject({ invoice: invoice.id, period: MONTH });
  expect(explanation.lines.map(({ lineId }) => lineId).sort()).toEqual(lines.map(({ id }) => id).sort());
  expect(explanation.tariffs).toMatchObject([{ versions: [{}] }]);
  const used = explanation.lines.find(({ lineId }) => lineId === lines[0]?.id);
  expect(used?.usage.portions).toHaveLength(1);
  const data = used?.charges.find(({ component }) => component === 'data');
  // 6 MiB, one of them free: two at 10 won and three at 2.5.
  expect(data?.steps).toMatchObject([
    { kind: 'allowance', quantity: '1' },
    { kind: 'tier', quantity: '2', unitPrice: '10' },
    { kind: 'tier', quantity: '3', unitPrice: '2.5' },
  ]);
  expect(data).toMatchObject({ exactAmount: '27.5', amount: { amount: '28' } });
  const charges = explanation.lines.flatMap((line) => line.charges.map(({ amount }) => BigInt(amount.amount)));
  const subtotal = charges.reduce((sum, amount) => sum + amount, 0n);
  expect(invoice.subtotal.amount).toBe(String(subtotal));
  expect(explanation.taxes).toMatchObject([
    { taxable: { amount: String(subtotal) }, tax: { amount: String(halfUp(subtotal, 10n)) } },
  ]);
  expect(invoice.tax.amount).toBe(String(halfUp(subtotal, 10n)));
});

test('IOT-9 an explanation comes page by page', async () => {
  const first = await explain('?pageSize=1');
  const second = await explain(`?pageSize=1&pageToken=${first.nextPageToken}`);
  const seen = [...first.lines, ...second.lines].map(({ lineId }) => lineId);
  expect(seen.sort()).toEqual(lines.map(({ id }) => id).sort());
  expect(second.nextPageToken ?? '').toBe('');
});

test('IOT-9 one line comes with its usage records and the lines of the file that they came from', async () => {
  const first = await explain(`?lineId=${lines[0]?.id}&pageSize=2`);
  expect(first.lines).toHaveLength(1);
  const second = await explain(`?lineId=${lines[0]?.id}&pageSize=2&pageToken=${first.nextPageToken}`);
  const records = [...(first.usageRecords ?? []), ...(second.usageRecords ?? [])];
  expect(records.map(({ fileId: file, fileLine }) => [file, fileLine])).toEqual([
    [fileId, '2'],
    [fileId, '3'],
    [fileId, '4'],
  ]);
  await expect(explain('?lineId=nobody')).rejects.toMatchObject({ reason: 'LINE_NOT_FOUND' });
});

test('MESH-8 customers have their own invoices explained, and nobody else’s', async () => {
  const ask = async (id: string) =>
    request(`${world.gatewayUrl}/v1/invoices/${invoice.id}:explain?lineId=${lines[0]?.id}`, {
      token: await world.token('customer', id),
    });
  expect((await ask(customer.id)).status).toBe(200);
  const stranger = await newCustomer(world.operator);
  expect(await ask(stranger.id)).toMatchObject({ status: 404, reason: 'INVOICE_NOT_FOUND' });
});
