import { randomUUID } from 'node:crypto';
import { Validator } from '@seriousme/openapi-schema-validator';
import { beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../deploy/local/sample/until.ts';
import type { Schema } from '../../gateway/src/openapi/schema.ts';
import { type ExampleRequest, exampleRequest } from '../../gateway/src/openapi/testing/exampleRequest.ts';
import {
  type Operation,
  operationsOf,
  referencesOf,
  resolve,
  unusedComponents,
} from '../../gateway/src/openapi/testing/reading.ts';
import { SchemaChecks } from '../../gateway/src/openapi/testing/schemaChecks.ts';
import { activeLine, csv, MONTH, newCustomer, openBusiness, record, upload } from './business.ts';
import { type Answer, request } from './http.ts';
import { act, boardedRide, newRider, newRides } from './rides.ts';
import { buy, newBuyer, newGoods } from './store.ts';
import { checkIn, checkOut, newAreas, penalise } from './visits.ts';
import { theWorld, type World } from './world.ts';

let world: World;
let token: string;
let document: Schema;
let operations: Operation[];
let checks: SchemaChecks;

beforeAll(async () => {
  world = theWorld();
  token = await world.token('operator');
  const answer = await request(`${world.gatewayUrl}/openapi.json`);
  expect(answer.status).toBe(200);
  document = JSON.parse(answer.text) as Schema;
  operations = operationsOf(document);
  checks = new SchemaChecks(document);
});

const isStream = (operation: Operation) => 'application/x-ndjson' in contentsOf(operation, 200);

function contentsOf({ raw }: Operation, status: number): Record<string, unknown> {
  const response = (raw.responses as Record<string, { content?: object; $ref?: string }>)[status];
  const found = response?.$ref ? (resolve(document, response.$ref) as typeof response) : response;
  return (found?.content ?? {}) as Record<string, unknown>;
}

function call(example: ExampleRequest): Promise<Answer> {
  const { method, target, contentType, body } = example;
  return request(`${world.gatewayUrl}${target}`, {
    method,
    token,
    headers: {
      'idempotency-key': randomUUID(),
      // Streams that have nothing more to say end by it.
      'x-server-timeout': '10',
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
    },
    ...(body === undefined ? {} : { body }),
  });
}

/** What is wrong with an answer, by the operation's own word of what it may answer. */
function faultsOf(operation: Operation, answer: Answer): string[] {
  const { pointer, raw } = operation;
  const response = (raw.responses as Record<string, { $ref?: string }>)[answer.status];
  if (!response) return [`answers ${answer.status}, of which the document knows nothing`];
  const at = response.$ref ? response.$ref.slice(1) : `${pointer}/responses/${answer.status}`;
  const type = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
  const contents = contentsOf(operation, answer.status);
  if (!(type in contents)) return '*/*' in contents ? [] : [`answers ${type}, not one of ${Object.keys(contents)}`];
  const schema = `${at}/content/${type.replaceAll('/', '~1')}/schema`;
  if (type !== 'application/x-ndjson') return checks.faults(schema, JSON.parse(answer.text));
  return answer.text
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => checks.faults(`${schema}/contentSchema`, JSON.parse(line)));
}

test('MESH-1 the mesh’s own document is valid OpenAPI 3.1 that tools can follow', async () => {
  const result = await new Validator().validate(structuredClone(document));
  expect(result).toEqual({ valid: true });
  expect(referencesOf(document).filter((reference) => resolve(document, reference) === undefined)).toEqual([]);
  expect(unusedComponents(document)).toEqual([]);
  expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
  expect(operations.length).toBeGreaterThan(70);
});

describe('MESH-1 every operation’s example', () => {
  test('MESH-1 can be called: it is understood, answered in the form the document says, and never breaks anything', async () => {
    const wrong: unknown[] = [];
    for (const operation of operations) {
      const answer = await call(exampleRequest(operation));
      const { status, reason, text } = answer;
      const faults = faultsOf(operation, answer);
      // With nobody at the wheel, a ride is answered by a 503 of its own reason.
      const broken = status >= 500 && reason !== 'NO_DRIVER_AVAILABLE';
      if (broken || reason === 'INVALID_REQUEST' || faults.length > 0) {
        wrong.push({ id: operation.id, status, reason, faults, text: text.slice(0, 500) });
      }
      if (operation.id === 'MypageService_RebuildMypages' && status === 200) await rebuilt(JSON.parse(text).id);
    }
    expect(wrong).toEqual([]);
  });

  test('MESH-1 without a token is refused as the document says, or needs none', async () => {
    for (const operation of operations) {
      const { method, target, contentType, body } = exampleRequest(operation);
      const headers = contentType === undefined ? undefined : { 'content-type': contentType };
      const answer = await request(`${world.gatewayUrl}${target}`, {
        method,
        ...(headers ? { headers } : {}),
        ...(body === undefined ? {} : { body }),
      });
      const anonymous = (operation.raw.security as unknown[]).length === 0;
      expect([operation.id, answer.reason === 'UNAUTHENTICATED']).toEqual([operation.id, !anonymous]);
      expect([operation.id, faultsOf(operation, answer)]).toEqual([operation.id, []]);
    }
  });
});

/** Other journeys rebuild, too, one at a time. */
async function rebuilt(id: string): Promise<void> {
  await until('the rebuild to end', 60_000, async () => {
    const { state } = await world.operator.get<{ state: string }>(`/v1/mypageRebuilds/${id}`);
    return state === 'MYPAGE_REBUILD_STATE_RUNNING' ? undefined : state;
  });
}

describe('MESH-1 what is really there', () => {
  let customerId: string;
  let business: string;

  beforeAll(async () => {
    const { operator } = world;
    const iot = await openBusiness(operator);
    business = iot.name;
    const customer = await newCustomer(operator);
    customerId = customer.id;
    const line = await activeLine(operator, { customerId, offeringId: iot.offeringId });
    await upload(operator, iot, csv([record(line, 5_000_000), 'broken']));
    const goods = await newGoods(operator, 10, '1000');
    const { customer: buyer } = await newBuyer(operator, '5000');
    await buy(operator, buyer.id, goods.id, 2);
    const rider = await newRider(operator);
    const { ride } = await boardedRide(operator, rider.id, await newRides(operator));
    await act(operator, ride, 'end', { distanceMeters: '2500', durationSeconds: '600' });
    const areas = await newAreas(operator);
    const { customer: visitor } = await newBuyer(operator, '500', 'PTS');
    await checkOut(operator, await checkIn(operator, visitor.id, areas));
    await penalise(operator, visitor.id, areas);
  });

  /** Ids of what a collection lists, the newest and the oldest of them. */
  async function idsOf(collection: string): Promise<string[]> {
    switch (collection) {
      case '/v1/mypages':
        return [customerId];
      case '/v1/periods':
      case '/v1/settlements':
        return [MONTH];
      default: {
        const { status, text } = await request(`${world.gatewayUrl}${collection}?pageSize=1000`, { token });
        if (status !== 200) return [];
        const [items] = Object.values(JSON.parse(text) as Record<string, { id?: string }[]>).filter(Array.isArray);
        const ids = (items ?? []).flatMap(({ id }) => id ?? []);
        return [...new Set([...ids.slice(0, 3), ...ids.slice(-3)])];
      }
    }
  }

  test('MESH-1 every read of it answers as the document says', async () => {
    const wrong: unknown[] = [];
    const answered = new Set<string>();
    for (const operation of operations.filter((each) => each.method === 'GET' && !isStream(each))) {
      const [collection = '', ...rest] = operation.path.split(/\/\{[^}]+\}/);
      const ids = rest.length === 0 ? [undefined] : await idsOf(collection);
      const needed = operation.parameters.filter((each) => each.in === 'query' && each.required);
      const query = needed.map(({ name, example }) => {
        const own: Record<string, string> = { business, period: MONTH };
        return `${name}=${encodeURIComponent(own[name] ?? String(example))}`;
      });
      for (const id of ids) {
        const path = id === undefined ? operation.path : `${collection}/${encodeURIComponent(id)}${rest.join('')}`;
        const target = query.length > 0 ? `${path}?${query.join('&')}` : path;
        const answer = await call({ method: 'GET', target, contentType: undefined, body: undefined });
        const faults = faultsOf(operation, answer);
        if (answer.status === 200) answered.add(operation.id);
        if (answer.status >= 500 || faults.length > 0) wrong.push({ target, status: answer.status, faults });
      }
    }
    expect(wrong).toEqual([]);
    expect([...answered]).toEqual(
      expect.arrayContaining([
        'AccountService_GetAccount',
        'AccountService_ListEntries',
        'CatalogService_GetOffering',
        'CustomerService_GetCustomer',
        'DriverService_GetDriver',
        'LineService_GetLine',
        'LineService_ListLines',
        'MessageService_GetMessage',
        'MypageService_GetMypage',
        'MypageService_ListTimeline',
        'OrderService_GetOrder',
        'PaymentService_GetPayment',
        'PenaltyService_GetPenalty',
        'PeriodService_GetPeriod',
        'PurchaseService_GetDelivery',
        'RideService_GetRide',
        'TariffService_GetTariff',
        'UsageService_DownloadRejections',
        'UsageService_GetLineUsage',
        'UsageService_GetUsageFile',
        'VisitService_GetVisit',
      ]),
    );
  });

  test('MESH-1 a stream’s first message is as the document says, in each of its notations', async () => {
    const watch = operations.find(({ id }) => id === 'MypageService_WatchMypage');
    if (!watch) throw new Error('there is no such operation');
    const target = watch.path.replace(/\{[^}]+\}/, customerId);
    for (const type of ['application/x-ndjson', 'text/event-stream', 'application/json']) {
      const gone = new AbortController();
      const response = await fetch(`${world.gatewayUrl}${target}`, {
        headers: { authorization: `Bearer ${token}`, accept: type },
        signal: gone.signal,
      });
      expect(response.headers.get('content-type')).toContain(type);
      const message = await firstMessage(response, type);
      gone.abort();
      const [pointer, value] = type === 'application/json' ? ['', [message]] : ['/contentSchema', message];
      const schema = `${watch.pointer}/responses/200/content/${type.replaceAll('/', '~1')}/schema${pointer}`;
      expect([type, checks.faults(schema, value)]).toEqual([type, []]);
    }
  });
});

/** Reads a stream until its first message is whole. */
async function firstMessage(response: Response, type: string): Promise<unknown> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    const json = type === 'application/json' ? text.slice(1) : text.split('\n')[0]?.replace(/^data: /, '');
    try {
      if (type === 'application/json' || text.includes('\n')) return JSON.parse(json ?? '');
    } catch {
      // Only a part of it yet.
    }
  }
  throw new Error(`the stream ended after ${JSON.stringify(text.slice(0, 200))}`);
}
