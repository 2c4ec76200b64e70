import type { ListCustomersRequest } from '#proto/ordering/v1/customer_service';
import type { Sql } from '#shared/database/database';
import { cutPage } from '#shared/rpc/page';
import { pageBy } from '../../keyset.ts';
import { listCustomerRows } from '../store/customers.ts';
import { customerToProto } from './convert.ts';

export function listCustomers(sql: Sql) {
  return async (request: ListCustomersRequest) => {
    const { limit, after } = pageBy(1, request);
    const { rows, nextPageToken } = cutPage(await listCustomerRows(sql, after?.[0], limit + 1), limit, ({ id }) => [
      id,
    ]);
    return { customers: rows.map(customerToProto), nextPageToken };
  };
}
