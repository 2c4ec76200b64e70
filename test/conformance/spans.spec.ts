import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RatingAccountService } from '#proto/rating/v1/rating_account_service';
import { Fault } from '#shared/errors/fault';
import { Clients } from '#shared/rpc/call';
import { tokenVerifier } from '#shared/rpc/identity';
import { type RunningMetrics, startMetrics } from '#shared/telemetry/metrics';
import { startTracing, tracer } from '#shared/telemetry/tracing';
import { startNats } from '#test/harness/nats';
import { OtlpReceiver, type Span } from '#test/harness/otlp';
import type { TestServer } from '#test/harness/server';
import { until } from './child.ts';
import { count } from './counting.ts';
import { counters } from './handlers.ts';
import { type Issuer, startIssuer } from './issuer.ts';
import { part, serveOn } from './serving.ts';
import { Stage } from './stage.ts';

const consumerKind = 5;
const receiver = new OtlpReceiver();
let nats: TestServer;
let stage: Stage;
let issuer: Issuer;
let tracing: AsyncDisposable;
let metrics: RunningMetrics;

beforeAll(async () => {
  tracing = await startTracing('conformance', await receiver.listen());
  metrics = await startMetrics('conformance', { endpoint: undefined, port: 0, host: '127.0.0.1' });
  nats = await startNats();
  issuer = await startIssuer();
  stage = await Stage.open('spans', nats.url);
  stage.relay('ordering');
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await issuer[Symbol.asyncDispose]();
  await nats[Symbol.asyncDispose]();
  await metrics[Symbol.asyncDispose]();
  await tracing[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

/** Does something as a trace of its own and tells which. */
function traced(work: () => Promise<unknown>): Promise<string> {
  return tracer().startActiveSpan('test', { root: true }, async (span) => {
    await work();
    span.end();
    return span.spanContext().traceId;
  });
}

const spansNamed = (traceId: string, name: string) =>
  receiver.spans.filter((span) => span.traceId === traceId && span.name === name);
const attempts = (traceId: string) => spansNamed(traceId, 'process CustomerChanged');

/** How many events were handled, by what became of them. */
async function handled(outcome = ''): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${metrics.port}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith('messaging_process_duration_seconds_count'))
    .filter((line) => (/error_type="(\w+)"/.exec(line)?.[1] ?? '') === outcome)
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

describe('MESH-5 spans of events', () => {
  let traces: string[];
  let batch: Span;

  beforeAll(async () => {
    traces = [];
    for (const id of ['a', 'b', 'c']) traces.push(await traced(() => count(stage.database, id)));
    // Published before anybody consumes, so that they come together.
    await until(async () => {
      const { rowCount } = await stage.database.query('select from outbox where published_at is null');
      return rowCount === 0;
    }, 'all is published');
    stage.consume('billing', [counters()], 2);
    await until(async () => traces.every((id) => attempts(id).length > 0), 'all are handled');
    await until(async () => receiver.spans.some(({ name }) => name === 'process batch'), 'the batch');
    batch = receiver.spans.find(({ name }) => name === 'process batch') as Span;
  });

  test('each goes on in the trace of its publication, to which it is linked', () => {
    for (const id of traces) {
      const [publication] = spansNamed(id, 'publish CustomerChanged');
      const [attempt] = attempts(id);
      expect(attempt).toMatchObject({ kind: consumerKind, parentSpanId: publication?.spanId, failure: undefined });
      expect(attempt?.links).toEqual([{ traceId: id, spanId: publication?.spanId }]);
    }
  });

  test('their one transaction is seen in the trace of the first, linked to all publications', () => {
    expect(batch.traceId).toBe(traces[0]);
    expect(batch.links.map(({ traceId }) => traceId)).toEqual(traces);
    expect(spansNamed(batch.traceId, 'transaction').map(({ parentSpanId }) => parentSpanId)).toContain(batch.spanId);
  });

  test('an event that comes alone has its transaction under its handling', async () => {
    const id = await traced(() => count(stage.database, 'alone'));
    await until(async () => attempts(id).length > 0, 'it is handled');
    await until(
      async () => spansNamed(id, 'transaction').some(({ parentSpanId }) => parentSpanId === attempts(id)[0]?.spanId),
      'the transaction',
    );
  });

  test('what fails again and again does not count as handled, and neither does what was rolled back with it', async () => {
    const before = await handled();
    const ids = await Promise.all(
      ['d', 'unavailable-one', 'e'].map((name) => traced(() => count(stage.database, name))),
    );
    await until(async () => (await handled('DEPENDENCY_UNAVAILABLE')) > 2, 'it is tried for the third time');
    expect(await handled()).toBeLessThanOrEqual(before + 2);
    await stage.database.query(`insert into cured (what) values ('unavailable-one')`);
    await until(async () => (await handled()) >= before + 3, 'all are handled');
    expect(await handled()).toBe(before + 3);
    await until(async () => ids.every((id) => attempts(id).some(({ failure }) => failure === undefined)), 'the spans');
    for (const id of ids) expect(attempts(id).filter(({ failure }) => failure === undefined)).toHaveLength(1);
  });

  test('an event that is not needed is no failure', async () => {
    const id = await traced(() => count(stage.database, 'idle-one'));
    await until(async () => attempts(id).length > 0, 'it is dropped');
    expect(attempts(id)[0]?.failure).toBeUndefined();
  });
});

describe('MESH-5 spans of calls', () => {
  const failureOf = async (error: Error) => {
    await using serving = await serveOn(
      [
        part(RatingAccountService, stage.database, {
          checkAccountUse: () =>
            stage.database.transaction(async () => {
              throw error;
            }),
        }),
      ],
      tokenVerifier(issuer.oidc),
    );
    const token = issuer.token({ sub: 'service:ordering', roles: ['service'] });
    using clients = new Clients({ rating: serving.address }, () => Promise.resolve(token));
    const client = clients.get(RatingAccountService);
    const id = await traced(() => client.checkAccountUse({ lineId: 'line', orderId: 'order' }).catch(() => {}));
    const seen = () => receiver.spans.filter(({ traceId }) => traceId === id);
    await until(async () => seen().length === 4, 'the spans of both sides, and of the transaction');
    const [client_, server, transaction] = [3, 2, 3].map((kind, index) =>
      seen().find((span) => span.kind === kind && (span.name === 'transaction') === (index === 2)),
    );
    return { client: client_?.failure, server, transaction: transaction?.failure };
  };

  test('a refusal is a failure for who is refused, and none for who refuses nor for the database', async () => {
    const { client, server, transaction } = await failureOf(new Fault('LINE_NOT_FOUND'));
    expect(client).toBe('LINE_NOT_FOUND');
    expect(server?.failure).toBeUndefined();
    expect(server?.attributes).toMatchObject({ 'jangbu.reason': 'LINE_NOT_FOUND' });
    expect(server?.attributes).not.toHaveProperty('error.type');
    expect(transaction).toBeUndefined();
  });

  test('what nobody foresaw is a failure of both', async () => {
    const { client, server } = await failureOf(new TypeError('nobody has foreseen this'));
    expect(client).toBe('INTERNAL');
    expect(server?.failure).toBe('INTERNAL');
    expect(server?.attributes).toMatchObject({ 'error.type': 'INTERNAL' });
  });
});
