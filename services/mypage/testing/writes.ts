import { create } from '@bufbuild/protobuf';
import { InvoiceSchema } from '#proto/billing/v1/invoice';
import { LineSchema, LineState } from '#proto/ordering/v1/line';
import { OrderSchema, type OrderState } from '#proto/ordering/v1/order';
import { BanSchema } from '#proto/ordering/v1/penalty';
import { RideSchema, type RideState } from '#proto/ordering/v1/ride';
import type { Page } from '../domain/page.ts';
import { put, tell, type Write } from '../domain/write.ts';
import type { Store } from '../store/store.ts';

export function order(id: string, sequence: number, state: OrderState, customerId = 'c1'): Write {
  return put('order', BigInt(sequence), create(OrderSchema, { id, customerId, state }), customerId);
}

export function line(id: string, sequence: number, pendingOrderId: string, customerId = 'c1'): Write {
  const content = create(LineSchema, { id, customerId, pendingOrderId, state: LineState.PENDING });
  return put('line', BigInt(sequence), content, customerId);
}

export function ride(id: string, sequence: number, state: RideState, customerId = 'c1'): Write {
  return put('ride', BigInt(sequence), create(RideSchema, { id, customerId, state }), customerId);
}

export function ban(id: string, sequence: number, banned: boolean, customerId = 'c1'): Write {
  return put('ban', BigInt(sequence), create(BanSchema, { id, customerId, banned }), customerId);
}

export function invoice(id: string, customerId = 'c1'): Write {
  return put('invoice', 1n, create(InvoiceSchema, { id, customerId }), customerId);
}

export function entry(id: string, time: string, customerId = 'c1', text = `entry ${id}`): Write {
  return tell({ id, customerId, time: new Date(time), event: 'OrderStateChanged', text, subjectId: 's' });
}

/** Fails the line's pending order. */
export function abandon(id: string, sequence: number): Write {
  const amend = (before: Parameters<Extract<Write, { type: 'amendment' }>['amendment']['amend']>[0]) => ({
    ...before,
    pendingOrderId: '',
    state: LineState.FAILED,
  });
  return { type: 'amendment', amendment: { kind: 'line', id, sequence: BigInt(sequence), amend } };
}

/** All a store shows of the customers. */
export async function everything(store: Store, generation: number, customerIds: string[]) {
  const pages: Record<string, Page | undefined> = {};
  const timelines: Record<string, unknown> = {};
  for (const id of customerIds) {
    pages[id] = await store.page(generation, id);
    timelines[id] = await store.timeline(generation, id, undefined, 10_000);
  }
  return { pages, timelines };
}
