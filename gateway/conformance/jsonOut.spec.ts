import { create, type DescMessage, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadContract } from '../src/contract/contract.ts';
import { type Binding, bindingsOf } from '../src/routes/binding.ts';
import { responseJson } from '../src/transcode/response.ts';
import { ask, innards } from '../testing/ask.ts';
import { type LabWorld, startLabWorld } from '../testing/labWorld.ts';

let world: LabWorld;
let dish: DescMessage;
let contract: ReturnType<typeof loadContract>;
beforeAll(async () => {
  world = await startLabWorld();
  contract = loadContract(world.image);
  dish = contract.registry.getMessage('lab.kitchen.v1.Dish') as DescMessage;
});
afterAll(() => world[Symbol.asyncDispose]());

function written(init: object): Record<string, unknown> {
  const method = contract.services
    .find(({ name }) => name === 'Kitchen')
    ?.methods.find(({ name }) => name === 'DishOnly');
  const binding = method && bindingsOf(method)[0];
  const message = create(dish, init as MessageInitShape<DescMessage>);
  const order = contract.registry.getMessage('lab.kitchen.v1.Order') as DescMessage;
  const bytes = toBinary(order, create(order, { dish: message } as never));
  return responseJson(binding as Binding, bytes, contract.registry, false) as Record<string, unknown>;
}

const long = 2n ** 63n;

test.each([
  ['fInt32', { fInt32: -2147483648 }, -2147483648],
  ['fUint32', { fUint32: 4294967295 }, 4294967295],
  ['fInt64', { fInt64: -long }, '-9223372036854775808'],
  ['fUint64', { fUint64: 2n * long - 1n }, '18446744073709551615'],
  ['fSfixed64', { fSfixed64: 1n }, '1'],
  ['fDouble', { fDouble: 0.1 }, 0.1],
  ['fDouble', { fDouble: Number.NaN }, 'NaN'],
  ['fDouble', { fDouble: Number.POSITIVE_INFINITY }, 'Infinity'],
  ['fFloat', { fFloat: Number.NEGATIVE_INFINITY }, '-Infinity'],
  ['fBytes', { fBytes: new Uint8Array([251, 255]) }, '+/8='],
  ['fCourse', { fCourse: 2 }, 'COURSE_MAIN'],
  ['fCourse', { fCourse: 50 }, 50],
  ['byInt', { byInt: { [-1]: 'a' } }, { '-1': 'a' }],
  ['byBool', { byBool: { true: 5n } }, { true: '5' }],
  ['wInt64', { wInt64: 5n }, '5'],
  ['wBool', { wBool: false }, false],
  ['time', { time: { seconds: -1n, nanos: 500_000_000 } }, '1969-12-31T23:59:59.500Z'],
  ['time', { time: { seconds: 253402300799n, nanos: 999_999_999 } }, '9999-12-31T23:59:59.999999999Z'],
  ['span', { span: { seconds: 0n, nanos: -1 } }, '-0.000000001s'],
  ['span', { span: { seconds: 1n, nanos: 500_000 } }, '1.000500s'],
  ['mask', { mask: { paths: ['f_text', 'side.f_bool'] } }, 'fText,side.fBool'],
  ['void', { choice: { case: 'void', value: 0 } }, null],
  ['right', { choice: { case: 'right', value: 0n } }, '0'],
  ['newName', { renamed: 'x' }, 'x'],
])('MESH-1 %s of %o', (field, init, expected) => {
  expect(written(init)[field]).toEqual(expected);
});

test('MESH-1 an answer holds fields with their defaults, and none that have presence and are absent', () => {
  const json = written({});
  expect(json).toMatchObject({
    fText: '',
    fInt32: 0,
    fInt64: '0',
    fBool: false,
    fBytes: '',
    fCourse: 'COURSE_UNSPECIFIED',
    texts: [],
    byText: {},
  });
  for (const name of [
    'side',
    'pText',
    'pInt32',
    'pSide',
    'left',
    'right',
    'void',
    'wInt32',
    'time',
    'any',
    'value',
    'struct',
  ])
    expect(json).not.toHaveProperty(name);
});

describe('MESH-1 what JSON cannot say', () => {
  const kinds = ['lateTime', 'time', 'span', 'mixedSpan', 'mask', 'any', 'brokenAny', 'value', 'infiniteValue'];

  test.each(kinds)('%s is a failure of the service, which shows nothing of itself', async (kind) => {
    const answer = await ask(world.url, `GET /k1/unspeakable/${kind}`);
    expect(answer.status, answer.text).toBe(500);
    expect(answer.json).toMatchObject({ code: 13, details: [{ reason: 'INTERNAL' }] });
    expect(answer.text).not.toMatch(innards);
    expect(answer.text).not.toContain('nowhere');
  });

  test.each(kinds)('%s in a stream is its last frame', async (kind) => {
    const lines = (await ask(world.url, `GET /k1/unspeakable/${kind}:stream`)).text.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ name: 'first' }, { error: { code: 13 } }]);
    const array = await ask(world.url, `GET /k1/unspeakable/${kind}:stream?$alt=json`);
    expect(array.json).toMatchObject([{ name: 'first' }, { error: { code: 13, details: [{ reason: 'INTERNAL' }] } }]);
    expect(array.text).not.toMatch(innards);
  });
});
