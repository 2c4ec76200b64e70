import type { Api } from '../../../deploy/local/sample/api.ts';
import type { Belongings } from './estate.ts';

/** Everything that a side has, as an operator sees it. */
export async function everythingOf(api: Api, whose: Belongings): Promise<Readonly<Record<string, unknown>>> {
  const { customerId, driverId, lineId, accountId, pointsAccountId, chargeAccountId, rideId } = whose;
  const lists = ['lines', 'orders', 'deliveries', 'rides', 'visits', 'penalties', 'accounts', 'payments', 'invoices'];
  const paths = [
    ...[...lists, 'paymentMethods'].map((list) => `/v1/${list}?customerId=${customerId}&pageSize=1000`),
    ...[accountId, pointsAccountId, chargeAccountId].map((id) => `/v1/accounts/${id}/entries`),
    `/v1/customers/${customerId}`,
    `/v1/drivers/${driverId}`,
    `/v1/lines/${lineId}`,
    `/v1/rides/${rideId}`,
  ];
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path, await api.get<unknown>(path)] as const)),
  );
}
