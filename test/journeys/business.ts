import { randomInt, randomUUID } from 'node:crypto';
import type { Api } from '../../deploy/local/sample/api.ts';
import { lastFullMonth } from '../../deploy/local/sample/month.ts';
import type { Customer, Line, Order, UsageFile } from '../../deploy/local/sample/resources.ts';
import { until } from '../../deploy/local/sample/until.ts';
import { HEADER } from '../../deploy/local/sample/usageFile.ts';

/** The month that the journeys bill. */
export const MONTH = lastFullMonth(new Date());

export interface Business {
  readonly name: string;
  readonly offeringId: string;
  readonly tariffId: string;
}

/** What a test changes about the tariff that every business here starts with. */
export interface TariffTerms {
  readonly fee?: string;
  readonly unit?: string;
  readonly allowance?: string;
  readonly tiers?: readonly { readonly upTo?: string; readonly unitPrice: string }[];
  readonly taxRate?: string;
}

const MIB = '1048576';

/** A business of its own for each test, with one offering and one tariff. */
export async function openBusiness(api: Api, terms: TariffTerms = {}): Promise<Business> {
  const name = `iot-${randomUUID().slice(0, 8)}`;
  const tariffId = `${name}-plan`;
  await api.post(
    '/v1/tariffs',
    {
      id: tariffId,
      displayName: `${name} 요금제`,
      currency: 'KRW',
      taxRate: terms.taxRate ?? '0.1',
      versions: [
        {
          components: [
            { name: 'fee', recurring: { amount: terms.fee ?? '3100', proration: 'PRORATION_DAILY' } },
            {
              name: 'data',
              metric: 'bytes',
              unit: terms.unit ?? MIB,
              ...(terms.allowance === undefined ? {} : { allowance: terms.allowance }),
              graduated: { tiers: terms.tiers ?? [{ unitPrice: '10' }] },
            },
          ],
        },
      ],
    },
    randomUUID(),
  );
  const offering = { id: tariffId, business: name, kind: 'OFFERING_KIND_LINE', displayName: `${name} 회선`, tariffId };
  await api.post('/v1/offerings', offering, randomUUID());
  return { name, offeringId: tariffId, tariffId };
}

/** A customer whose phone number and address no other customer has. */
export function newCustomer(api: Api, displayName = '김철수'): Promise<Customer & { phone: string; email: string }> {
  const unique = randomUUID().slice(0, 8);
  return api.post(
    '/v1/customers',
    {
      displayName,
      email: `customer-${unique}@example.com`,
      phone: `+82-10-${randomInt(1000, 9999)}-${randomInt(1000, 9999)}`,
      address: '서울특별시 종로구 사직로 161',
    },
    randomUUID(),
  );
}

/** A postpaid account; lines that name it share its invoice. */
export function newAccount(api: Api, customerId: string): Promise<{ id: string }> {
  return api.post('/v1/accounts', { customerId, currency: 'KRW', kind: 'ACCOUNT_KIND_POSTPAID' }, randomUUID());
}

export function newServiceNumber(): string {
  return `012${randomInt(100_000_000, 999_999_999)}`;
}

export interface NewLine {
  readonly customerId: string;
  readonly offeringId: string;
  readonly serviceNumber?: string;
  readonly apn?: string;
  readonly accountId?: string;
  readonly activateTime?: string;
}

/** Orders a line; the answer is the pending line. */
export function orderLine(api: Api, line: NewLine): Promise<Line> {
  return api.post<Line>('/v1/lines', { serviceNumber: newServiceNumber(), apn: 'test.iot.kr', ...line }, randomUUID());
}

/** Waits until the order is in a final state. */
export function ended(api: Api, orderId: string | undefined, patienceMs = 30_000): Promise<Order> {
  return until(
    `order ${orderId} to end`,
    patienceMs,
    async () => {
      const order = await api.get<Order>(`/v1/orders/${orderId}`);
      return order.state === 'ORDER_STATE_PENDING' ? undefined : order;
    },
    50,
  );
}

/** A line in service since `activateTime`, by default the first moment of the month. */
export async function activeLine(api: Api, line: NewLine): Promise<Line> {
  const created = await orderLine(api, { activateTime: startOf(MONTH), ...line });
  const order = await ended(api, created.pendingOrderId);
  if (order.state !== 'ORDER_STATE_COMPLETED') throw new Error(`${order.state} ${order.stateReason ?? ''}`);
  return api.get<Line>(`/v1/lines/${created.id}`);
}

/** Orders a change and waits for the order's end. */
export async function change(api: Api, lineId: string, command: string, effectiveTime?: string): Promise<Order> {
  const body = effectiveTime === undefined ? {} : { effectiveTime };
  const order = await api.post<Order>(`/v1/lines/${lineId}:${command}`, body, randomUUID());
  return ended(api, order.id);
}

/** A moment of a month in Seoul, which has no summer time. */
export function moment(month: string, day: number, time = '00:00:00'): string {
  return `${month}-${String(day).padStart(2, '0')}T${time}+09:00`;
}

export function startOf(month: string): string {
  return moment(month, 1);
}

/** A usage file from its records. */
export function csv(records: readonly string[]): Buffer {
  return Buffer.from([HEADER, ...records, ''].join('\n'));
}

/** One sound record. */
export function record(
  line: { serviceNumber: string },
  bytes: number | bigint,
  time = moment(MONTH, 5, '12:00:00'),
): string {
  return [randomUUID(), line.serviceNumber, 'test.iot.kr', time, String(bytes), '0'].join(',');
}

export function upload(api: Api, business: Business, file: Buffer, source = 'test.csv'): Promise<UsageFile> {
  return api.upload<UsageFile>(`/v1/usageFiles?business=${business.name}&source=${encodeURIComponent(source)}`, [file]);
}
