import { randomBytes, randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Line } from '../../deploy/local/sample/resources.ts';
import { until } from '../../deploy/local/sample/until.ts';
import type { Span } from '../harness/otlp.ts';
import { type Business, ended, newCustomer, newServiceNumber, openBusiness } from './business.ts';
import { request } from './http.ts';
import { theWorld, type World } from './world.ts';

let world: World;
let business: Business;

beforeAll(async () => {
  world = theWorld();
  business = await openBusiness(world.operator);
});

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
const label = ({ service, kind, name }: Span) => `${service.replace('jangbu-', '')} ${KINDS[kind]} ${name}`;

describe('MESH-5 one trace', () => {
  test('MESH-5 from the REST call through gRPC, outbox and JetStream to the last consumer, edge by edge', async () => {
    const customer = await newCustomer(world.operator);
    const traceId = randomBytes(16).toString('hex');
    const caller = randomBytes(8).toString('hex');
    const answer = await request(`${world.gatewayUrl}/v1/lines`, {
      method: 'POST',
      token: await world.token('operator'),
      headers: { traceparent: `00-${traceId}-${caller}-01`, 'idempotency-key': randomUUID() },
      body: JSON.stringify({
        customerId: customer.id,
        offeringId: business.offeringId,
        serviceNumber: newServiceNumber(),
        apn: 'test.iot.kr',
      }),
    });
    expect(answer.status).toBe(200);
    await ended(world.operator, (JSON.parse(answer.text) as Line).pendingOrderId);

    // The order's two states reach notification, the last consumer, which sends a text message for each.
    const isLast = (span: Span) => span.service === 'jangbu-notification' && span.name === 'process OrderStateChanged';
    // Each process exports its spans on its own, so they arrive in any order.
    const spans = await until('the whole trace', 20_000, async () => {
      const seen = await world.spansOf(traceId);
      const handled = (service: string) =>
        seen.filter((span) => span.service === `jangbu-${service}` && span.name === 'process OrderStateChanged').length;
      const sent = seen.filter(({ service, name }) => service === 'jangbu-notification' && name.startsWith('send'));
      const ids = new Set(seen.map(({ spanId }) => spanId));
      const whole = seen.filter(({ parentSpanId }) => !ids.has(parentSpanId)).length === 1;
      return whole && handled('notification') === 2 && handled('mypage') === 2 && sent.length === 2 ? seen : undefined;
    });
    const byId = new Map(spans.map((span) => [span.spanId, span]));

    // A consumer's span says twice whose event it handles: as its child, and by a link.
    const consumers = spans.filter(({ kind, name }) => KINDS[kind] === 'consumer' && name !== 'process batch');
    for (const span of consumers) {
      expect(span.links.map(({ spanId }) => spanId)).toEqual([span.parentSpanId]);
      expect(byId.get(span.parentSpanId)?.attributes).toMatchObject({
        'messaging.system': 'nats',
        'messaging.destination.name': span.attributes['messaging.destination.name'],
        'messaging.message.id': span.attributes['messaging.message.id'],
      });
    }
    const command = spans.find(({ name, kind }) => name.endsWith('LineService/CreateLine') && KINDS[kind] === 'server');
    expect(command?.attributes).toMatchObject({
      'rpc.system.name': 'grpc',
      'rpc.method': 'jangbu.ordering.v1.LineService/CreateLine',
      'rpc.response.status_code': 'OK',
    });
    const stored = spans.find(({ name, parentSpanId }) => name === 'transaction' && parentSpanId === command?.spanId);
    expect(stored?.attributes).toEqual({ 'db.system.name': 'postgresql', 'db.namespace': 'jangbu_ordering' });

    // No span hangs in the air: each one's parent is in the trace, but for the gateway's, whose parent is the caller.
    const roots = spans.filter(({ parentSpanId }) => !byId.has(parentSpanId));
    expect(roots.map((span) => [span.service, span.parentSpanId])).toEqual([['jangbu-gateway', caller]]);

    const pathOf = (span: Span): string[] => {
      const parent = byId.get(span.parentSpanId);
      return [...(parent === undefined ? [] : pathOf(parent)), label(span)];
    };
    const paths = spans.filter(isLast).map((span) => pathOf(span).filter((step) => !step.includes(' client ')));
    const [placed, completed] = paths.sort((left, right) => left.length - right.length);
    expect(placed).toEqual([
      expect.stringMatching(/^gateway server /),
      'ordering server jangbu.ordering.v1.LineService/CreateLine',
      'ordering producer publish OrderStateChanged',
      'notification consumer process OrderStateChanged',
    ]);
    const steps = (completed ?? []).filter((step) => !step.includes(' internal '));
    const [service, event] = steps[3]?.startsWith('rating')
      ? ['rating', 'RatingAccountOpened']
      : ['billing', 'ChargeAccountOpened'];
    expect(steps).toEqual([
      expect.stringMatching(/^gateway server /),
      'ordering server jangbu.ordering.v1.LineService/CreateLine',
      'ordering producer publish LineChangeRequested',
      `${service} consumer process LineChangeRequested`,
      `${service} producer publish ${event}`,
      `ordering consumer process ${event}`,
      'ordering producer publish OrderStateChanged',
      'notification consumer process OrderStateChanged',
    ]);
    expect(new Set(spans.map(({ service: name }) => name))).toEqual(
      new Set(['gateway', 'ordering', 'rating', 'billing', 'notification', 'mypage'].map((name) => `jangbu-${name}`)),
    );
  });
});
