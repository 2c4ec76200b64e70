import { create, type DescMessage, fromJson, type JsonValue, type Registry, toBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadContract } from '../src/contract/contract.ts';
import { type Binding, bindingsOf } from '../src/routes/binding.ts';
import { ask, sendJson } from '../testing/ask.ts';
import { type LabWorld, startLabWorld } from '../testing/labWorld.ts';
import { restRequest } from '../testing/restClient.ts';

let world: LabWorld;
let registry: Registry;
let order: DescMessage;
let bindings: Map<string, Binding[]>;
beforeAll(async () => {
  world = await startLabWorld();
  const contract = loadContract(world.image);
  registry = contract.registry;
  order = registry.getMessage('lab.kitchen.v1.Order') as DescMessage;
  const kitchen = contract.services.find(({ name }) => name === 'Kitchen');
  bindings = new Map(kitchen?.methods.map((method) => [method.name, bindingsOf(method)]));
});
afterAll(() => world[Symbol.asyncDispose]());

const scalars = {
  fText: 'Hello',
  fInt32: -1,
  fSint32: -2,
  fSfixed32: -3,
  fUint32: 5,
  fFixed32: 7,
  fInt64: '-11',
  fSint64: '-13',
  fSfixed64: '-17',
  fUint64: '19',
  fFixed64: '23',
  fDouble: -29e4,
  fFloat: -31,
  fBool: true,
  fBytes: '+/8=',
  fCourse: 'COURSE_DESSERT',
  fTaste: 'SOUR',
};

const zeros = Object.fromEntries(
  Object.entries(scalars).map(([name, value]) => [
    name,
    typeof value === 'number' ? 0 : /^f.*int64|^f.*fixed64/i.test(name) ? '0' : value,
  ]),
);

const most = {
  fInt32: 2147483647,
  fSint32: 2147483647,
  fSfixed32: 2147483647,
  fUint32: 4294967295,
  fFixed32: 4294967295,
  fInt64: '9223372036854775807',
  fSint64: '9223372036854775807',
  fSfixed64: '9223372036854775807',
  fUint64: '18446744073709551615',
  fFixed64: '18446744073709551615',
  fDouble: Number.MAX_VALUE,
  fFloat: 3.4028234663852886e38,
  pInt32: 2147483647,
  pDouble: Number.MAX_VALUE,
};

const least = {
  fInt32: -2147483648,
  fSint32: -2147483648,
  fSfixed32: -2147483648,
  fInt64: '-9223372036854775808',
  fSint64: '-9223372036854775808',
  fSfixed64: '-9223372036854775808',
  fDouble: -Number.MAX_VALUE,
  fFloat: -3.4028234663852886e38,
  pDouble: Number.MIN_VALUE,
};

/** What every kind of route carries. The path needs a text that is not empty. */
const orders: [string, JsonValue][] = [
  [
    'every scalar',
    {
      name: 'all',
      dish: scalars,
      fInt32: -10,
      fInt64: '-110',
      fDouble: -54e4,
      pInt32: -47,
      pInt64: '-477',
      pDouble: -61.73,
    },
  ],
  [
    'scalars and present optional ones',
    {
      dish: {
        ...scalars,
        pText: 'Bye',
        pInt32: -37,
        pDouble: -41.43,
        pBool: true,
        pCourse: 'COURSE_MAIN',
        pBytes: 'AA==',
      },
    },
  ],
  ['zeros', { dish: zeros }],
  [
    'present zeros',
    {
      dish: { fText: 'x', pText: '', pInt32: 0, pDouble: 0, pBool: false, pCourse: 'COURSE_UNSPECIFIED', pBytes: '' },
      pInt32: 0,
      pInt64: '0',
      pDouble: 0,
    },
  ],
  ['the largest values', { dish: { fText: 'most', ...most } }],
  ['the least values', { dish: { fText: 'least', ...least } }],
  ['numbers that are none', { dish: { fText: 'x', fDouble: 'NaN', fFloat: '-Infinity', pDouble: 'Infinity' } }],
  ['small and long fractions', { dish: { fText: 'x', fDouble: 0.1, fFloat: 1.5e-40, pDouble: -1.25e-300 } }],
  ['an enum by a number nobody knows', { dish: { fText: 'x', fCourse: 99, fTaste: -7, pCourse: 1234567 } }],
  ['a negative enum', { dish: { fText: 'x', fCourse: 'COURSE_LEFTOVERS' } }],
  [
    'a nested message',
    {
      dish: {
        fText: 'x',
        side: { fText: 'y', fFloat: 1.25, fDouble: -2, fBool: true, fTaste: 'SWEET', pTaste: 'UNKNOWN', pBool: false },
      },
    },
  ],
  [
    'a deeply nested message',
    {
      dish: { fText: 'x', side: { side: { side: { pSide: { fText: 'deep', ints: [1, 2] } } } }, pSide: { pText: '' } },
    },
  ],
  [
    'lists',
    {
      dish: {
        fText: 'x',
        texts: ['a', '', 'a', 'b,c'],
        ints: [0, -1, 0],
        longs: ['9007199254740993'],
        doubles: [1, 'NaN'],
        bools: [true, false],
        blobs: ['', 'AQI='],
        courses: ['COURSE_MAIN', 7],
      },
      tags: ['one'],
    },
  ],
  [
    'wrappers',
    {
      dish: {
        fText: 'x',
        wDouble: 0,
        wFloat: 1.5,
        wInt64: '-5',
        wUint64: '18446744073709551615',
        wInt32: 0,
        wUint32: 1,
        wBool: false,
        wText: '',
        wBytes: '',
      },
    },
  ],
  [
    'times and masks',
    {
      dish: {
        fText: 'x',
        time: '2026-11-30T14:50:00.123456789Z',
        span: '-1.000000001s',
        mask: 'fText,side.fBool',
        times: ['0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999999999Z'],
      },
    },
  ],
  ['one of a oneof, with its default', { dish: { fText: 'x', right: '0' } }],
  ['a field with a name of its own', { dish: { fText: 'x', newName: 'kebab' }, myCustom: 'query' }],
  ...[
    'Hello there',
    'Hello "You"',
    'Hello 100%',
    '%41%2F',
    'a+b c',
    'a/b//c',
    'a:b',
    'a;b,c&d=e#f?g',
    '\t\r\n\u000b\u0085\u00a0\u2028\u3000 trailing ',
    'non-ASCII ☺ → ← \u1234 \\ \b\f and 😈',
    '..',
    'null',
    '$alt',
    '\u0000',
    '{}[]"\'<>|^`~',
  ].map((text): [string, JsonValue] => [
    `the text ${JSON.stringify(text)}`,
    { name: text, dish: { fText: text, side: { fText: text } } },
  ]),
];

const pathOnly = new Set(['..']);

async function comesBack(binding: Binding, json: JsonValue, suffix = ''): Promise<void> {
  const sent = fromJson(order, json, { registry });
  const { line, body } = restRequest(binding, sent, registry);
  const answer = await (body === undefined ? ask(world.url, line + suffix) : sendJson(world.url, line + suffix, body));
  expect(answer.status, `${line} ${answer.text}`).toBe(200);
  const received = fromJson(order, answer.json, { registry });
  // Bytes, because numbers that are none equal nothing.
  expect(toBinary(order, received), `${line}\n${answer.text}`).toEqual(toBinary(order, sent));
}

describe.each(['Whole', 'Replace', 'Change', 'Part', 'Asked', 'Plain', 'Mixed'])('MESH-1 %s', (rpc) => {
  test.each(orders)('%s', async (_, json) => {
    const [binding] = bindings.get(rpc) ?? [];
    if (!binding) throw new Error(`no ${rpc}`);
    const inPath = binding.pathFields.length > 0;
    const text = (json as { dish: { fText?: string } }).dish.fText ?? '';
    // URL parsers take a segment of two dots for the way up, so no client can send it.
    if (inPath && pathOnly.has(text)) return;
    const complete = rpc === 'Mixed' ? { name: 'mixed', ...(json as object) } : json;
    await comesBack(binding, complete as JsonValue);
  });
});

describe('MESH-1 paths of several segments', () => {
  const first = { dish: { fText: 'first/hello', fBool: true, pBool: true, side: { fText: 'second/greetings' } } };
  const second = { dish: { fText: 'second/greetings', fBool: true, side: { fText: 'first/hello' } } };

  test.each([
    ['Resource', 0, first],
    ['Resource', 1, second],
    ['Trailing', 0, { dish: { fText: 'first/hello', side: { fText: 'second/zzz/bool/true' }, ints: [1] } }],
    ['Trailing', 0, { dish: { fText: 'first/a b', side: { fText: 'second/c:d/e+f' } } }],
    ['Renamed', 0, { dish: { newName: 'a/b' }, myCustom: 'c' }],
  ] as [string, number, JsonValue][])('%s by rule %i', async (rpc, index, json) => {
    const binding = bindings.get(rpc)?.[index];
    if (!binding) throw new Error(`no ${rpc}`);
    await comesBack(binding, json);
  });

  test.each([
    'GET /k1/orders/first/hello/second/greetings/bool/maybe:resource',
    'GET /k1/orders/first/hello/second/greetings/bool/:resource',
    'GET /k1/orders/first/hello/second/greetings/bool/true:other',
    'GET /k1/orders/first//second/greetings/bool/true:resource',
    'GET /k1/orders/first/hello/third/greetings/bool/true:resource',
    'GET /k1/orders/Hello/x/1/true/COURSE_MAIN:plain',
    'GET /k1/orders/Hello/1/1/true/COURSE_LATE:plain',
  ])('%s is refused', async (line) => {
    const { status } = await ask(world.url, line);
    expect([400, 404]).toContain(status);
  });
});

describe('MESH-1 enums as numbers', () => {
  const asked = '%24alt=json%3Benum-encoding%3Dint';
  const strange = { fCourse: 77, fTaste: -5, courses: [2, 99], side: { pTaste: 2 } };

  test.each([asked, 'alt=json;enum-encoding=int', '$alt=json%3Benum-encoding=int'])('?%s', async (query) => {
    const { json } = await ask(world.url, `GET /k1/strange?${query}`);
    expect(json.dish).toMatchObject({ ...strange, pCourse: 1 });
  });

  test.each(['', '?$alt=json', '?alt=json', '?%24alt=json%3Benum-encoding=string'])(
    'names without being asked: %s',
    async (query) => {
      const { json } = await ask(world.url, `GET /k1/strange${query}`);
      expect(json.dish).toMatchObject({
        fCourse: 77,
        fTaste: -5,
        pCourse: 'COURSE_STARTER',
        courses: ['COURSE_MAIN', 99],
        side: { pTaste: 'SOUR' },
      });
    },
  );

  test('what nobody knows goes the way back, too', async () => {
    const { json } = await ask(world.url, `GET /k1/strange?${asked}`);
    const again = await sendJson(world.url, `POST /k1/orders:whole?${asked}`, JSON.stringify(json));
    expect(again.json).toEqual(json);
    const binding = bindings.get('Asked')?.[0];
    if (binding) await comesBack(binding, { dish: strange }, `&${asked}`);
  });

  test.each(['$alt=xml', '$alt', '$alt=JSON', '$alt=json%3Benum-encoding=INT', 'alt=json&$alt=json', '$alt=__proto__'])(
    '?%s is refused',
    async (query) => {
      const answer = await ask(world.url, `GET /k1/strange?${query}`);
      expect(answer.status).toBe(400);
      expect(answer.json.details[1].fieldViolations).toMatchObject([{ field: '$alt' }]);
    },
  );
});

describe('MESH-1 server streams', () => {
  const words = [{ name: 'a' }, { name: 'b' }, { name: 'c' }];

  test.each([
    ['?$alt=json', '*/*', 'application/json'],
    ['?$alt=json%3Benum-encoding%3Dint', '*/*', 'application/json'],
    ['', 'application/json', 'application/json'],
    ['', 'text/html, application/json;q=0.9', 'application/json'],
    ['?$alt=json', 'application/x-ndjson', 'application/x-ndjson'],
    ['?$alt=sse', '*/*', 'text/event-stream'],
  ])('%s and Accept: %s are %s', async (query, accept, type) => {
    const answer = await ask(world.url, `POST /k1/words${query}`, {
      headers: { accept, 'content-type': 'application/json' },
      body: '{"text":"a b c","course":2}',
    });
    expect(answer.headers.get('content-type')).toBe(type);
    if (type !== 'application/json') return;
    expect(answer.json).toMatchObject(words);
    expect(answer.json[0].dish.fCourse).toBe(query.includes('int') ? 2 : 'COURSE_MAIN');
  });

  test('an error after the words is the last element; before them it is an ordinary error; none at all is []', async () => {
    const late = await ask(world.url, 'GET /k1/words?$alt=json&text=a+b&failCode=10&failMessage=tired');
    expect(late.json).toMatchObject([{ name: 'a' }, { name: 'b' }, { error: { code: 10, message: 'tired' } }]);
    const early = await ask(world.url, 'GET /k1/words?$alt=json&failCode=3&failMessage=bad');
    expect(early.status).toBe(400);
    expect(early.json).toMatchObject({ code: 3, message: 'bad' });
    expect((await ask(world.url, 'GET /k1/words?$alt=json')).json).toEqual([]);
  });
});

describe('MESH-1 rules of every kind', () => {
  test.each([
    ['DELETE /k1/methods/a?fInt32=1', { name: 'a', fInt32: 1 }],
    ['SEARCH /k1/methods/a', { name: 'a' }],
    ['GET /k1/any/a', { name: 'a' }],
    ['PROPFIND /k1/any/a', { name: 'a' }],
    ['GET /k1/dish?dish.fText=x', { fText: 'x' }],
    ['GET /k1/renamed/a%2Fb', { dish: { newName: 'a/b' } }],
    ['GET /k1/nothing', {}],
  ])('%s', async (line, expected) => {
    const answer = await ask(world.url, line);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.json).toMatchObject(expected);
  });

  test.each([
    ['GET /k1/dish', null],
    ['GET /k1/name?name=x', 'x'],
    ['GET /k1/name', ''],
    ['GET /k1/tags?tags=a&tags=b', ['a', 'b']],
    ['GET /k1/tags', []],
  ])('a part of the answer: %s', async (line, expected) => {
    expect((await ask(world.url, line)).json).toEqual(expected);
  });

  test.each([
    ['POST /k1/loose', '{"a":[1,null,"x",{"b":false}]}'],
    ['POST /k1/loose', 'null'],
    ['POST /k1/loose', '"text"'],
    ['POST /k1/loose', '1.5'],
    ['POST /k1/loose', '[]'],
    ['POST /k1/loose:struct', '{"a":{"b":[{"c":null}]}}'],
    ['POST /k1/loose:list', '[1,"two",[3],null]'],
    ['POST /k1/loose:map', '{"a":"9007199254740993","b":"0"}'],
    ['POST /k1/loose:time', '"2026-11-30T14:50:00Z"'],
    ['POST /k1/loose:number', '"42"'],
  ])('%s %s comes back', async (line, body) => {
    const answer = await sendJson(world.url, line, body);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.json).toEqual(JSON.parse(body));
  });

  test('bytes that are a field of the request go through, with what the path says', async () => {
    const response = await fetch(`${world.url}/k1/pictures/a%2Fb`, {
      method: 'PUT',
      body: Buffer.from([0, 255, 13, 10]),
      headers: { 'content-type': 'image/x' },
    });
    expect(response.headers.get('content-type')).toBe('image/x');
    expect(Buffer.from(await response.arrayBuffer())).toEqual(Buffer.from([0, 255, 13, 10]));
  });
});

test('the orders are as many as they say', () => {
  expect(orders.length * 7).toBeGreaterThan(200);
  expect(create(order)).toBeDefined();
});
