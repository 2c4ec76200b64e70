import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, innards, sendJson, violations } from '../testing/ask.ts';
import { type LabWorld, startLabWorld } from '../testing/labWorld.ts';

// Query parameters of every kind of field, beyond those of src/rest/rest.spec.ts.

let world: LabWorld;
let ignoring: LabWorld;
beforeAll(async () => {
  world = await startLabWorld();
  ignoring = await startLabWorld({ UNKNOWN_QUERY_PARAMETERS: 'ignore' });
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await ignoring[Symbol.asyncDispose]();
});

const whole = ['fInt32', 'fSint32', 'fSfixed32'];
const positive = ['fUint32', 'fFixed32'];
const long = ['fInt64', 'fSint64', 'fSfixed64'];
const longPositive = ['fUint64', 'fFixed64'];

/** Parameter of `dish`, how it comes back. */
const taken: [string, object][] = [
  ...whole.flatMap((field): [string, object][] => [
    [`${field}=2147483647`, { [field]: 2147483647 }],
    [`${field}=-2147483648`, { [field]: -2147483648 }],
    [`${field}=0`, { [field]: 0 }],
  ]),
  ...positive.flatMap((field): [string, object][] => [
    [`${field}=4294967295`, { [field]: 4294967295 }],
    [`${field}=0`, { [field]: 0 }],
  ]),
  ...long.flatMap((field): [string, object][] => [
    [`${field}=9223372036854775807`, { [field]: '9223372036854775807' }],
    [`${field}=-9223372036854775808`, { [field]: '-9223372036854775808' }],
  ]),
  ...longPositive.map((field): [string, object] => [
    `${field}=18446744073709551615`,
    { [field]: '18446744073709551615' },
  ]),
  ['fDouble=1.797693134862315708145274237317043567981e%2B308', { fDouble: Number.MAX_VALUE }],
  ['fDouble=-29e4', { fDouble: -290000 }],
  ['fDouble=.5', { fDouble: 0.5 }],
  ['fDouble=Infinity', { fDouble: 'Infinity' }],
  ['fDouble=5', { fDouble: 5 }],
  ['fFloat=3.40282346638528859811704183484516925440e%2B38', { fFloat: 3.4028234663852886e38 }],
  ['fFloat=NaN', { fFloat: 'NaN' }],
  ['fBool=true', { fBool: true }],
  ['fBytes=', { fBytes: '' }],
  ['fBytes=_-8', { fBytes: '/+8=' }],
  ['fBytes=%2F%2B8%3D', { fBytes: '/+8=' }],
  ['fCourse=COURSE_MAIN', { fCourse: 'COURSE_MAIN' }],
  ['fCourse=MAIN', { fCourse: 'COURSE_MAIN' }],
  ['fCourse=2', { fCourse: 'COURSE_MAIN' }],
  ['fCourse=-1', { fCourse: 'COURSE_LEFTOVERS' }],
  ['fCourse=1000', { fCourse: 1000 }],
  ['fTaste=SOUR', { fTaste: 'SOUR' }],
  ['pText=', { pText: '' }],
  ['pInt32=0', { pInt32: 0 }],
  ['pDouble=0', { pDouble: 0 }],
  ['pBool=false', { pBool: false }],
  ['pCourse=COURSE_UNSPECIFIED', { pCourse: 'COURSE_UNSPECIFIED' }],
  ['p_bytes=', { pBytes: '' }],
  ['pSide.pText=', { pSide: { pText: '' } }],
  ['side.side.pSide.fText=deep', { side: { side: { pSide: { fText: 'deep' } } } }],
  ['side.ints=1&dish.fText=x&dish.side.ints=2', { fText: 'x', side: { ints: [1, 2] } }],
  ['texts=a&dish.texts=&dish.texts=a', { texts: ['a', '', 'a'] }],
  ['texts=a,b', { texts: ['a,b'] }],
  ['doubles=1&dish.doubles=NaN', { doubles: [1, 'NaN'] }],
  ['bools=true&dish.bools=false', { bools: [true, false] }],
  ['blobs=&dish.blobs=AQ', { blobs: ['', 'AQ=='] }],
  ['courses=MAIN&dish.courses=7', { courses: ['COURSE_MAIN', 7] }],
  ['times=1970-01-01T00:00:00Z', { times: ['1970-01-01T00:00:00Z'] }],
  ['wLongs=1&dish.wLongs=9007199254740993', { wLongs: ['1', '9007199254740993'] }],
  ['left=', { left: '' }],
  ['right=0', { right: '0' }],
  ['middle.fText=x', { middle: { fText: 'x' } }],
  ['middle.fText=x&dish.middle.fBool=true', { middle: { fText: 'x', fBool: true } }],
  ['wDouble=0', { wDouble: 0 }],
  ['wFloat=-Infinity', { wFloat: '-Infinity' }],
  ['wInt64=-1', { wInt64: '-1' }],
  ['wUint64=18446744073709551615', { wUint64: '18446744073709551615' }],
  ['wUint32=0', { wUint32: 0 }],
  ['wBool=false', { wBool: false }],
  ['wText=', { wText: '' }],
  ['wBytes=-_8', { wBytes: '+/8=' }],
  ['time=2026-11-30T14:50:00.000000001Z', { time: '2026-11-30T14:50:00.000000001Z' }],
  ['span=-1.5s', { span: '-1.500s' }],
  ['mask=', { mask: '' }],
  ['mask=fText,side.fBool', { mask: 'fText,side.fBool' }],
  ['mask=f_text,side.f_bool', { mask: 'fText,side.fBool' }],
  ['newName=x', { newName: 'x' }],
  ['renamed=x', { newName: 'x' }],
  ['snake_case_2_field=1', { snakeCase2Field: 1 }],
  ['f%54ext=x', { fText: 'x' }],
  ['fText=a%26b%3Dc%23d%3Bf', { fText: 'a&b=c#d;f' }],
  ['fText=a;b', { fText: 'a;b' }],
  ['fText=%EF%BB%BF', { fText: '\ufeff' }],
  ['fText=%00', { fText: '\u0000' }],
  ['fText', { fText: '' }],
  ['fText=x&', { fText: 'x' }],
  ['fText=x#fragment', { fText: 'x' }],
];

test.each(taken)('MESH-1 ?dish.%s', async (query, expected) => {
  const answer = await ask(world.url, `GET /k1/orders:asked?dish.${query}`);
  expect(answer.status, answer.text).toBe(200);
  expect(answer.json.dish).toMatchObject(expected);
});

const numbers = ['', 'x', '1.5', '1e3', ' 1', '+1', '0x1', '--1', '1_000', '１'];

/** Parameter of `dish`, and the name that the error has to say. */
const refused: string[] = [
  ...[...whole, ...positive, ...long, ...longPositive].flatMap((field) =>
    numbers.map((text) => `${field}=${encodeURIComponent(text)}`),
  ),
  ...whole.flatMap((field) => [`${field}=2147483648`, `${field}=-2147483649`]),
  ...positive.flatMap((field) => [`${field}=4294967296`, `${field}=-1`]),
  ...long.flatMap((field) => [`${field}=9223372036854775808`, `${field}=-9223372036854775809`]),
  ...longPositive.flatMap((field) => [`${field}=18446744073709551616`, `${field}=-1`]),
  ...['', 'x', '1,5', 'nan', 'inf', '+Infinity', '0x1', '1e', 'e1', '.', '1e309', '-1e309'].map(
    (text) => `fDouble=${encodeURIComponent(text)}`,
  ),
  ...['', 'x', '1e39', '-1e39', '3.5e38'].map((text) => `fFloat=${text}`),
  ...['', 'TRUE', 'yes', 'on', 't', ' true'].map((text) => `fBool=${encodeURIComponent(text)}`),
  ...['!!!!', 'A', 'AQ=Q', 'ä'].map((text) => `fBytes=${encodeURIComponent(text)}`),
  ...['', 'main', 'COURSE_', 'COURSE_COURSE_MAIN', '2147483648', '1.0'].map((text) => `fCourse=${text}`),
  ...['', 'TASTE_SOUR', 'sour'].map((text) => `fTaste=${text}`),
  'wInt32=',
  'wInt32=1.5',
  'wBool=1',
  'wDouble=1e309',
  'wBytes=%3F',
  'time=',
  'time=2026-11-30',
  'time=1764514200',
  'time=2026-02-30T00:00:00Z',
  'time=2026-11-30T14:50:00%2B25:00',
  'span=',
  'span=1',
  'span=1m',
  'span=315576000001s',
  'times=x',
  'courses=NONE',
  'fText=a&dish.fText=b',
  'fText=a&dish.f_text=a',
  'pText=&dish.pText=',
  'time=1970-01-01T00:00:00Z&dish.time=1970-01-01T00:00:00Z',
  'side=x',
  'side.=x',
  'side..fText=x',
  '.fText=x',
  'side.nothing=x',
  'side.fText.deeper=x',
  'sides.fText=x',
  'byText=x',
  'byText.a=x',
  'byText[a]=x',
  'any=x',
  'any.typeUrl=x',
  'struct.fields=x',
  'time.seconds=1',
  'wInt32.value=1',
  'FTEXT=x',
  '__proto__=x',
  'constructor=x',
  'fText[]=x',
  'fText=%ff',
  'fText=%C0%80',
  'fText=%zz',
  'fText=%',
  'left=a&dish.right=1',
  'right=1&dish.middle.fText=x',
  'middle.fText=x&dish.left=a',
];

test.each(refused)('MESH-1 ?dish.%s is refused', async (query) => {
  const answer = await ask(world.url, `GET /k1/orders:asked?dish.${query}`);
  expect(answer.status, answer.text).toBe(400);
  expect(answer.json).toMatchObject({ code: 3, details: [{ reason: 'INVALID_REQUEST' }, {}] });
  const last = query.split('&').at(-1) ?? '';
  const name = decodeURIComponent((last.startsWith('dish.') ? last : `dish.${last}`).split('=')[0] ?? '');
  expect(violations(answer)).toEqual([name]);
  expect(answer.text).not.toMatch(innards);
});

describe('MESH-1 parameters nobody knows', () => {
  const unknown = [
    'nothing=1',
    'dish.nothing=1',
    'dish=x',
    'dish.byText=x',
    'dish.fText.x=1',
    'fields=name',
    'key=1',
    'prettyPrint=false',
    '=',
    '=x',
  ];

  test.each(unknown)('?%s is refused, unless such are ignored', async (query) => {
    expect((await ask(world.url, `GET /k1/orders:asked?${query}`)).status).toBe(400);
    const answer = await ask(ignoring.url, `GET /k1/orders:asked?name=x&${query}`);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ name: 'x' });
    expect(answer.json).not.toHaveProperty('dish');
  });

  test.each(['$fields=name', '%24prettyPrint=true', '$.xgafv=2', '$=1'])('?%s is a system parameter', async (query) => {
    expect((await ask(world.url, `GET /k1/orders:asked?name=x&${query}`)).json).toMatchObject({ name: 'x' });
  });
});

describe('MESH-1 what the query may say beside path and body', () => {
  test.each([
    ['PATCH /k1/mixed/n/t?fInt32=1', '{"fBool":true}', { name: 'n', fInt32: 1, dish: { fText: 't', fBool: true } }],
    ['PATCH /k1/mixed/n/t', '{"fText":"body"}', { dish: { fText: 't' } }],
    ['PATCH /k1/mixed/n/t?tags=a&tags=b&myCustom=c', '', { tags: ['a', 'b'], myCustom: 'c', dish: { fText: 't' } }],
    ['POST /k1/orders:part?name=q', 'null', { name: 'q' }],
  ])('%s %s', async (line, body, expected) => {
    const answer = await sendJson(world.url, line, body);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.json).toMatchObject(expected);
  });

  test.each([
    ['PATCH /k1/mixed/n/t?name=other', 'name'],
    ['PATCH /k1/mixed/n/t?dish.fText=other', 'dish.fText'],
    ['PATCH /k1/mixed/n/t?dish.f_text=other', 'dish.f_text'],
    ['PATCH /k1/mixed/n/t?dish.fBool=true', 'dish.fBool'],
    ['POST /k1/orders:whole?name=x', 'name'],
    ['POST /k1/orders:part?dish.fText=x', 'dish.fText'],
  ])('%s is refused', async (line, field) => {
    const answer = await sendJson(world.url, line, '{}');
    expect(answer.status, answer.text).toBe(400);
    expect(violations(answer)).toEqual([field]);
  });

  test.each([
    'GET /k1/orders/a/x/1/true/2:plain',
    'GET /k1/orders/a/1/x/true/2:plain',
    'GET /k1/orders/a/1/1/1/2:plain',
    'GET /k1/orders/a/1/1/true/x:plain',
  ])('the path is checked like the query: %s', async (line) => {
    const answer = await ask(world.url, line);
    expect(answer.status, answer.text).toBe(400);
    expect(violations(answer)[0]).toMatch(/^dish\.f_(int32|double|bool|course)$/);
    expect(answer.text).not.toMatch(innards);
  });
});
