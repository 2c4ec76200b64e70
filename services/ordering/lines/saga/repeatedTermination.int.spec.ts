import { setTimeout } from 'node:timers/promises';
import grpc from '@grpc/grpc-js';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { ChargeAccountClosedSchema, ChargeAccountOpenedSchema } from '#proto/billing/v1/events';
import { LineChangeRequestedSchema, OrderStateChangedSchema } from '#proto/ordering/v1/events';
import { LineState } from '#proto/ordering/v1/line';
import { LineService } from '#proto/ordering/v1/line_service';
import { OrderState } from '#proto/ordering/v1/order';
import { RatingAccountClosedSchema, RatingAccountOpenedSchema } from '#proto/rating/v1/events';
import { RatingAccountService } from '#proto/rating/v1/rating_account_service';
import { implement } from '#shared/rpc/implement';
import { addServices } from '#shared/rpc/serve';
import { Counter } from '../../testing.ts';

/** A gRPC server that answers for rating. */
async function ratingThatSays(inUse: boolean, asked: string[]) {
  const server = new grpc.Server();
  // The method has no transaction, so it needs no database.
  const database = undefined as never;
  const service = implement(RatingAccountService, database, {
    checkAccountUse: async ({ orderId }) => {
      asked.push(orderId);
      return { inUse };
    },
  });
  const caller = { subject: 'service:ordering', roles: new Set(['service'] as const) };
  addServices(server, [service], { authenticate: async () => ({ caller }), log: pino({ level: 'silent' }) });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return { address: `127.0.0.1:${port}`, [Symbol.dispose]: () => server.forceShutdown() };
}

/** A terminated line with a second termination under way. */
async function terminateTwice(counter: Counter) {
  const { id, pendingOrderId } = await counter.orderLine();
  const activation = { lineId: id, orderId: pendingOrderId };
  await counter.handle(RatingAccountOpenedSchema, activation);
  await counter.handle(ChargeAccountOpenedSchema, { ...activation, accountId: 'account-1' });
  const first = await counter.call(LineService, 'terminateLine', { line: id });
  await counter.handle(RatingAccountClosedSchema, { lineId: id, orderId: first.id });
  await counter.handle(ChargeAccountClosedSchema, { lineId: id, orderId: first.id });
  const second = await counter.call(LineService, 'terminateLine', { line: id });
  expect(second.state).toBe(OrderState.PENDING);
  return { lineId: id, orderId: second.id };
}

test('IOT-4 rating says that nothing is in use: ALREADY_TERMINATED, and nobody is asked to change anything', async () => {
  const asked: string[] = [];
  using rating = await ratingThatSays(false, asked);
  await using counter = await Counter.open({ addresses: { rating: rating.address } });
  const { lineId, orderId } = await terminateTwice(counter);
  const requests = await counter.events(LineChangeRequestedSchema);
  await expect(counter.call(LineService, 'restoreLine', { line: lineId })).rejects.toMatchObject({
    reason: 'LINE_CHANGE_IN_PROGRESS',
  });
  await counter.driveSagas();
  expect(asked).toEqual([orderId]);
  expect(await counter.order(orderId)).toMatchObject({ state: OrderState.ALREADY_TERMINATED, stateReason: '' });
  expect(await counter.line(lineId)).toMatchObject({ state: LineState.TERMINATED, pendingOrderId: '' });
  expect(await counter.events(LineChangeRequestedSchema)).toEqual(requests);
  expect((await counter.events(OrderStateChangedSchema)).at(-1)).toMatchObject({
    order: { id: orderId },
    previousState: OrderState.PENDING,
  });
});

test('IOT-4 rating contradicts: the order is FAILED and says so', async () => {
  using rating = await ratingThatSays(true, []);
  await using counter = await Counter.open({ addresses: { rating: rating.address } });
  const { lineId, orderId } = await terminateTwice(counter);
  await counter.driveSagas();
  expect(await counter.order(orderId)).toMatchObject({ state: OrderState.FAILED, stateReason: 'LINE_STILL_IN_USE' });
  expect(await counter.line(lineId)).toMatchObject({ state: LineState.TERMINATED, pendingOrderId: '' });
});

test('IOT-4 rating is out of reach: asked again until the time limit, then FAILED', async () => {
  await using counter = await Counter.open({ limitMs: 600, addresses: { rating: '127.0.0.1:1' } });
  const { lineId, orderId } = await terminateTwice(counter);
  await counter.driveSagas();
  expect((await counter.order(orderId)).state).toBe(OrderState.PENDING);
  await setTimeout(700);
  await counter.driveSagas();
  expect(await counter.order(orderId)).toMatchObject({ state: OrderState.FAILED, stateReason: 'SAGA_TIMED_OUT' });
  expect(await counter.line(lineId)).toMatchObject({ state: LineState.TERMINATED, pendingOrderId: '' });
});
