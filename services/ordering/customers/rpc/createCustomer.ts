import type { CreateCustomerRequest } from '#proto/ordering/v1/customer_service';
import { CustomerChangedSchema } from '#proto/ordering/v1/events';
import type { Transaction } from '#shared/database/database';
import { Fault, invalidField } from '#shared/errors/fault';
import { newId } from '#shared/ids';
import { emit } from '#shared/outbox/outbox';
import type { Customer } from '../customer.ts';
import { insertCustomer } from '../store/customers.ts';
import { customerToProto } from './convert.ts';

export function createCustomer(now: () => Date) {
  return async ({ customer: wanted }: CreateCustomerRequest, tx: Transaction) => {
    if (!wanted) throw invalidField('customer', 'is missing');
    const { displayName, email, phone, address } = wanted;
    const customer: Customer = {
      id: wanted.id || newId(),
      displayName,
      email,
      phone,
      address,
      createTime: now(),
      revision: 1n,
    };
    if (!(await insertCustomer(tx, customer))) {
      throw new Fault('ID_TAKEN', {
        message: `there is a customer ${customer.id} already`,
        metadata: { customer_id: customer.id },
      });
    }
    const answer = customerToProto(customer);
    await emit(tx, CustomerChangedSchema, { customer: answer });
    return answer;
  };
}
