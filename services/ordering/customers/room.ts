import { CustomerService } from '#proto/ordering/v1/customer_service';
import { command } from '#shared/rpc/context';
import { implement } from '#shared/rpc/implement';
import type { OrderingDependencies, Room } from '../room.ts';
import { createCustomer } from './rpc/createCustomer.ts';
import { getCustomer } from './rpc/getCustomer.ts';
import { listCustomers } from './rpc/listCustomers.ts';
import { updateCustomer } from './rpc/updateCustomer.ts';

/** The customer list, shared by every business. */
export function customersRoom({ database, clock }: OrderingDependencies): Room {
  const service = implement(CustomerService, database, {
    createCustomer: command(createCustomer(() => clock.now())),
    getCustomer: getCustomer(database),
    listCustomers: listCustomers(database),
    updateCustomer: command(updateCustomer),
  });
  return { rpc: [service], consumers: [], sagas: [] };
}
