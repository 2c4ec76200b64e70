import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { CustomerSchema, type Customer as ProtoCustomer } from '#proto/ordering/v1/customer';
import { Fault } from '#shared/errors/fault';
import { etagOf } from '#shared/rpc/etag';
import type { Customer } from '../customer.ts';

export function customerToProto(customer: Customer): ProtoCustomer {
  const { id, displayName, email, phone, address, createTime, revision } = customer;
  return create(CustomerSchema, {
    id,
    displayName,
    email,
    phone,
    address,
    createTime: timestampFromDate(createTime),
    etag: etagOf(revision),
  });
}

export function customerNotFound(id: string): Fault {
  return new Fault('CUSTOMER_NOT_FOUND', { message: `there is no customer ${id}`, metadata: { customer_id: id } });
}
