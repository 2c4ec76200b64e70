import type { GetCustomerRequest } from '#proto/ordering/v1/customer_service';
import type { Sql } from '#shared/database/database';
import { findCustomer } from '../store/customers.ts';
import { customerNotFound, customerToProto } from './convert.ts';

/** The contract's customer_field holds customers to their own record before this runs. */
export function getCustomer(sql: Sql) {
  return async ({ customer: id }: GetCustomerRequest) => {
    const customer = await findCustomer(sql, id);
    if (!customer) throw customerNotFound(id);
    return customerToProto(customer);
  };
}
