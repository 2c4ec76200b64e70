import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { InvoiceSchema } from '#proto/billing/v1/invoice';
import { DeliverySchema, DeliveryState } from '#proto/ordering/v1/delivery';
import { DeliveryStateChangedSchema, OrderStateChangedSchema } from '#proto/ordering/v1/events';
import { OrderAction, OrderSchema, OrderState } from '#proto/ordering/v1/order';
import { SettlementSchema, SettlementState } from '#proto/settlement/v1/settlement';
import { deliveryStateChanged } from './deliveryStateChanged.ts';
import { invoiceIssued } from './invoiceIssued.ts';
import { orderStateChanged } from './orderStateChanged.ts';
import { settlementCompleted } from './settlementCompleted.ts';

function textOf(action: OrderAction, state: OrderState, stateReason = '', subjectName = '01200000001') {
  const order = create(OrderSchema, { id: 'o', subjectId: 'line', customerId: 'c', action, state, stateReason });
  return orderStateChanged(create(OrderStateChangedSchema, { order, subjectName }), order);
}

describe('IOT-3 order-state-changed', () => {
  test('names service number, action and state in words', () => {
    expect(textOf(OrderAction.ACTIVATE, OrderState.PENDING)).toEqual({
      channel: 'SMS',
      template: 'order-state-changed',
      subject: '',
      body: '[Jangbu] 01200000001: the activation is being processed.',
      attachments: [],
    });
  });

  test('names the reason in words', () => {
    expect(textOf(OrderAction.ACTIVATE, OrderState.FAILED, 'SERVICE_NUMBER_IN_USE').body).toBe(
      '[Jangbu] 01200000001: the activation has failed (service number in use).',
    );
  });

  test('every action and every state has words of its own', () => {
    const actions = Object.values(OrderAction).filter((action) => action !== OrderAction.UNSPECIFIED);
    const states = Object.values(OrderState).filter((state) => state !== OrderState.UNSPECIFIED);
    expect(new Set(actions.map((action) => textOf(action, OrderState.PENDING).body)).size).toBe(actions.length);
    expect(new Set(states.map((state) => textOf(OrderAction.ACTIVATE, state).body)).size).toBe(states.length);
  });

  test('a state of a newer ordering still makes a true sentence', () => {
    expect(textOf(99 as OrderAction, 99 as OrderState, '', '').body).toBe('[Jangbu] line: the order has changed.');
  });
});

test('delivery-state-changed says what is on its way and what has arrived, and nothing else', () => {
  const textOf = (state: DeliveryState) => {
    const delivery = create(DeliverySchema, { customerId: 'c', offeringId: 'o', quantity: 10n, state });
    return deliveryStateChanged(create(DeliveryStateChangedSchema, { delivery, offeringName: '감귤' }))?.body;
  };
  expect(textOf(DeliveryState.SHIPPED)).toBe('[Jangbu] 감귤 × 10: the delivery is on its way.');
  expect(textOf(DeliveryState.COMPLETED)).toBe('[Jangbu] 감귤 × 10: the delivery has arrived.');
  expect([DeliveryState.READY, DeliveryState.CANCELLED].map(textOf)).toEqual([undefined, undefined]);
});

test('IOT-10 invoice-issued names number, month and amounts, and attaches the PDF', () => {
  const won = (amount: string) => ({ currency: 'KRW', amount });
  const invoice = create(InvoiceSchema, {
    id: 'i',
    number: 'IOT-00000042',
    period: '2026-11',
    customerName: '김철수',
    subtotal: won('1234567'),
    tax: won('123457'),
    total: won('1358024'),
  });
  const draft = invoiceIssued(invoice);
  expect(draft).toMatchObject({ channel: 'EMAIL', subject: 'Invoice IOT-00000042 for 2026-11' });
  expect(draft.body).toContain('Dear 김철수,');
  expect(draft.body).toContain('Total:   1,358,024 KRW');
  expect(draft.attachments).toEqual([{ source: 'invoice', name: 'invoice-IOT-00000042.pdf', invoiceId: 'i' }]);
});

describe('IOT-12 settlement-completed', () => {
  const base = { business: 'iot', period: '2026-11', invoices: 3n, lines: 8n, customers: 3n, totalUsageBytes: 12345n };

  test('says SETTLED and attaches PDF and CSV', () => {
    const draft = settlementCompleted(create(SettlementSchema, { ...base, state: SettlementState.SETTLED }));
    expect(draft.subject).toBe('Settlement iot 2026-11: SETTLED');
    expect(draft.body).toContain('agree to the last unit');
    expect(draft.attachments).toEqual([
      { source: 'settlement', name: 'settlement-iot-2026-11.pdf', business: 'iot', period: '2026-11', format: 'PDF' },
      { source: 'settlement', name: 'settlement-iot-2026-11.csv', business: 'iot', period: '2026-11', format: 'CSV' },
    ]);
  });

  test('says DIFFERENCE and which figures disagree', () => {
    const difference = { figure: 'usageBytes', offeringId: 'tracker', source: 'rating', expected: '5', actual: '4' };
    const differences = [difference, ...Array.from({ length: 60 }, () => ({ ...difference, offeringId: '' }))];
    const draft = settlementCompleted(
      create(SettlementSchema, { ...base, state: SettlementState.DIFFERENCE, differences }),
    );
    expect(draft.subject).toBe('Settlement iot 2026-11: DIFFERENCE');
    expect(draft.body).toContain('- usageBytes of tracker: rating says 5, the invoices say 4');
    expect(draft.body).toContain('- and 11 more');
  });
});
