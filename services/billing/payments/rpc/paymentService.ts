import { PaymentState } from '#proto/billing/v1/payment';
import { PaymentService } from '#proto/billing/v1/payment_service';
import { Fault } from '#shared/errors/fault';
import { longCommand } from '#shared/rpc/context';
import { type Handlers, implement } from '#shared/rpc/implement';
import { requireOwner } from '#shared/rpc/ownership';
import { cutPage, pageOf } from '#shared/rpc/page';
import type { Payment } from '../domain/payment.ts';
import { listMethods } from '../store/methods.ts';
import { listPayments, readPayment } from '../store/readPayments.ts';
import { methodToProto, paymentToProto } from './convert.ts';
import { preparePaymentMethod } from './createPaymentMethod.ts';
import type { PaymentParts } from './parts.ts';
import { receiveWebhook } from './receiveWebhook.ts';

export function paymentService(parts: PaymentParts) {
  return implement(PaymentService, parts.database, paymentHandlers(parts));
}

export function paymentHandlers(parts: PaymentParts) {
  const { database } = parts;
  return {
    createPaymentMethod: longCommand({
      prepare: (request, context) => preparePaymentMethod(parts, request, context),
      settle: async (answer) => ({ answer, settled: true }),
    }),

    listPaymentMethods: async (request) => {
      const { limit, before } = newestFirst(request);
      const rows = await listMethods(database, { customerId: request.customerId, before, limit: limit + 1 });
      const page = cutPage(rows, limit, ({ id }) => [id]);
      return { paymentMethods: page.rows.map(methodToProto), nextPageToken: page.nextPageToken };
    },

    getPayment: async ({ payment: id }, { caller }) => {
      const notFound = new Fault('PAYMENT_NOT_FOUND', { message: `no payment ${id}` });
      const payment = await readPayment(database, id);
      if (!payment) throw notFound;
      requireOwner(caller, payment.customerId, notFound);
      return paymentToProto(payment);
    },

    listPayments: async (request) => {
      const { limit, before } = newestFirst(request);
      const { customerId } = request;
      const state = states.get(request.state);
      const rows = await listPayments(database, { customerId, state, before, limit: limit + 1 });
      const page = cutPage(rows, limit, ({ id }) => [id]);
      return { payments: page.rows.map(paymentToProto), nextPageToken: page.nextPageToken };
    },

    receivePaymentWebhook: (request, context) => receiveWebhook(parts, request, context),
  } satisfies Handlers<typeof PaymentService>;
}

function newestFirst(request: { pageSize: number; pageToken: string }) {
  const { limit, after } = pageOf(request);
  if (after && after.length !== 1) {
    throw new Fault('PAGE_TOKEN_INVALID', { message: 'page_token is not one of this method' });
  }
  return { limit, before: after?.[0] };
}

const states = new Map<PaymentState, Payment['state']>([
  [PaymentState.PENDING, 'PENDING'],
  [PaymentState.CAPTURED, 'CAPTURED'],
  [PaymentState.FAILED, 'FAILED'],
]);
