import type { Line, LineState } from '../domain/line.ts';

/** A row of `lines`, as pg reads it. */
export interface LineRow {
  id: string;
  customer_id: string;
  offering_id: string;
  business: string;
  service_number: string;
  apn: string;
  email: string;
  address: string;
  account_id: string;
  state: LineState;
  activate_time: Date;
  change_time: Date;
  create_time: Date;
  update_time: Date;
  pending_order_id: string | null;
  revision: bigint;
}

export const lineColumns = `id, customer_id, offering_id, business, service_number, apn, email, address, account_id, state,
  activate_time, change_time, create_time, update_time, pending_order_id, revision`;

export function toLine(row: LineRow): Line {
  return {
    id: row.id,
    customerId: row.customer_id,
    offeringId: row.offering_id,
    business: row.business,
    serviceNumber: row.service_number,
    apn: row.apn,
    email: row.email,
    address: row.address,
    accountId: row.account_id,
    state: row.state,
    activateTime: row.activate_time,
    changeTime: row.change_time,
    createTime: row.create_time,
    updateTime: row.update_time,
    pendingOrderId: row.pending_order_id ?? undefined,
    revision: row.revision,
  };
}
