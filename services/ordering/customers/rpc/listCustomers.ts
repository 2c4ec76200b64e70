import type { ListCustomersRequest } from '#proto/ordering/v1/customer_service';
import type { Sql } from '#shared/database/database';
import { cutPage } from '#shared/rpc/page';
import { pageByTime, timeAndId } from '../../keyset.ts';
import { listCustomerRows } from '../store/customers.ts';
import { customerToProto } from './convert.ts';

export function listCustomers(sql: Sql) {
  return async (request: ListCustomersRequest) => {
    const { limit, after } = pageByTime(request);
    const { rows, nextPageToken } = cutPage(await listCustomerRows(sql, after, limit + 1), limit, timeAndId);
    return { customers: rows.map(customerToProto), nextPageToken };
  };
}
