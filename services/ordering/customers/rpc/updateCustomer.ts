import { equals } from '@bufbuild/protobuf';
import { CustomerSchema } from '#proto/ordering/v1/customer';
import type { UpdateCustomerRequest } from '#proto/ordering/v1/customer_service';
import { CustomerChangedSchema } from '#proto/ordering/v1/events';
import type { Transaction } from '#shared/database/database';
import { invalidField } from '#shared/errors/fault';
import { emit } from '#shared/outbox/outbox';
import type { CallContext } from '#shared/rpc/context';
import { checkEtag } from '#shared/rpc/etag';
import { validateMessage } from '#shared/rpc/validate';
import { applyMask } from '../../fieldMask.ts';
import { lockCustomer, updateCustomerRow } from '../store/customers.ts';
import { customerNotFound, customerToProto } from './convert.ts';

const changeable = ['display_name', 'email', 'phone', 'address'];

/** Changes the named fields; a change to the same values changes nothing, not even the etag. */
export async function updateCustomer(request: UpdateCustomerRequest, tx: Transaction, context: CallContext) {
  const changes = request.customer;
  if (!changes) throw invalidField('customer', 'is missing');
  if (changes.id === '') throw invalidField('customer.id', 'is missing');
  const customer = await lockCustomer(tx, changes.id);
  if (!customer) throw customerNotFound(changes.id);
  checkEtag(changes.etag || context.ifMatch, customer.revision);
  const current = customerToProto(customer);
  const merged = applyMask(CustomerSchema, current, changes, request.updateMask, changeable);
  validateMessage(CustomerSchema, merged, 'customer.');
  if (equals(CustomerSchema, current, merged)) return current;
  const { displayName, email, phone, address } = merged;
  const changed = { ...customer, displayName, email, phone, address, revision: customer.revision + 1n };
  await updateCustomerRow(tx, changed);
  const answer = customerToProto(changed);
  await emit(tx, CustomerChangedSchema, { customer: answer });
  return answer;
}
