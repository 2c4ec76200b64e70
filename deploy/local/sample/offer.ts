import { type Api, unlessTaken } from './api.ts';

/** A price list: what currency, and the components of its only version. */
export interface Price {
  readonly currency: string;
  readonly taxRate?: string;
  readonly components: readonly object[];
}

export interface Sold {
  readonly id: string;
  readonly business: string;
  readonly displayName: string;
}

export interface Person {
  readonly id: string;
  readonly displayName: string;
  readonly email: string;
  readonly phone: string;
  readonly address: string;
}

/** So much a piece, without tax. */
export function eachAt({ currency, amount }: { currency: string; amount: string }, name: string): Price {
  return { currency, components: [{ name, metric: 'units', perUnit: { unitPrice: amount } }] };
}

/** An offering with a tariff of the same id; `kind` says what only its kind has. Made again, it stays as it is. */
export async function offer(
  api: Api,
  sold: Sold,
  { currency, taxRate, components }: Price,
  kind: object,
): Promise<void> {
  const { id, displayName } = sold;
  const tariff = { id, displayName, currency, taxRate: taxRate ?? '0', versions: [{ components }] };
  await unlessTaken(() => api.post('/v1/tariffs', tariff, `sample-tariff-${id}`));
  await unlessTaken(() => api.post('/v1/offerings', { ...sold, ...kind, tariffId: id }, `sample-offering-${id}`));
}

export async function customer(api: Api, person: Person): Promise<void> {
  await unlessTaken(() => api.post('/v1/customers', person, `sample-customer-${person.id}`));
}

/** A prepaid account with something on it. */
export async function purse(
  api: Api,
  customerId: string,
  balance: { currency: string; amount: string },
): Promise<void> {
  const { currency } = balance;
  const wanted = { customerId, currency, kind: 'ACCOUNT_KIND_PREPAID' };
  const { id } = await api.post<{ id: string }>('/v1/accounts', wanted, `sample-account-${customerId}`);
  await api.post(`/v1/accounts/${id}:topUp`, { amount: balance, memo: '첫 충전' }, `sample-top-up-${customerId}`);
}
