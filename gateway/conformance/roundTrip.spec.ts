import { type DescMessage, fromBinary, type JsonValue, type Message, toBinary, toJson } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadContract } from '../src/contract/contract.ts';
import { decodeBase64, decodeFrames, encodeFrame } from '../src/grpcweb/frames.ts';
import { type Binding, bindingsOf } from '../src/routes/binding.ts';
import { Router } from '../src/routes/router.ts';
import { parseTemplate } from '../src/routes/template.ts';
import { messageFromJson } from '../src/transcode/jsonBody.ts';
import { responseJson } from '../src/transcode/response.ts';
import { anyJson, anyMessage, anyText } from '../testing/arbitraryMessage.ts';
import { ask, sendJson } from '../testing/ask.ts';
import { type LabWorld, startLabWorld } from '../testing/labWorld.ts';
import { restRequest } from '../testing/restClient.ts';

let world: LabWorld;
let contract: ReturnType<typeof loadContract>;
let order: DescMessage;
beforeAll(async () => {
  world = await startLabWorld();
  contract = loadContract(world.image);
  order = contract.registry.getMessage('lab.kitchen.v1.Order') as DescMessage;
});
afterAll(() => world[Symbol.asyncDispose]());

function bindingOf(rpc: string): Binding {
  const method = contract.services.find(({ name }) => name === 'Kitchen')?.methods.find(({ name }) => name === rpc);
  const [binding] = method ? bindingsOf(method) : [];
  if (!binding) throw new Error(`no ${rpc}`);
  return binding;
}

const read = (json: string) => messageFromJson(order, { kind: 'all' }, Buffer.from(json), contract.registry);
const write = (message: Message) =>
  JSON.stringify(responseJson(bindingOf('Whole'), toBinary(order, message), contract.registry, false));

/** Equal on the wire, where also numbers that are none equal themselves. Entries of maps have an order there. */
function expectSame(one: Message, other: Message): void {
  const sorted = (message: Message) => toJson(order, message, { registry: contract.registry });
  expect(sorted(other)).toEqual(sorted(one));
  expect(toBinary(order, fromBinary(order, toBinary(order, other)))).toHaveLength(toBinary(order, one).length);
}

describe('MESH-1 any message survives', () => {
  test('proto → JSON → proto', () => {
    fc.assert(
      fc.property(anyMessage(order), (message) => expectSame(message, read(write(message)))),
      { numRuns: 400 },
    );
  });

  test('JSON → proto → JSON, with enums as numbers, too', () => {
    const numbers = (message: Message) =>
      JSON.stringify(responseJson(bindingOf('Whole'), toBinary(order, message), contract.registry, true));
    fc.assert(
      fc.property(anyMessage(order), (message) => {
        const json = write(message);
        expect(write(read(json))).toBe(json);
        expect(write(read(numbers(message)))).toBe(json);
      }),
      { numRuns: 200 },
    );
  });

  test('the way through the gateway as a body', async () => {
    await fc.assert(
      fc.asyncProperty(anyMessage(order), async (message) => {
        const answer = await sendJson(world.url, 'POST /k1/orders:whole', write(message));
        expect(answer.status, answer.text).toBe(200);
        expectSame(message, read(answer.text));
      }),
      { numRuns: 100 },
    );
  });

  test('the way through the gateway as a query, as far as a query can say it', async () => {
    const binding = bindingOf('Asked');
    const unsayable = /^(sides|middle|void|any|anys|struct|value|values|list|empty|by.*|weights|raw|wLongs)$/i;
    await fc.assert(
      fc.asyncProperty(anyMessage(order, 2), async (message) => {
        const json = JSON.parse(write(message));
        for (const name of Object.keys(json.dish ?? {})) if (unsayable.test(name)) delete json.dish[name];
        dropEmpty(json);
        const sayable = read(JSON.stringify(json));
        const { line } = restRequest(binding, sayable, contract.registry);
        fc.pre(line.length < 12_000);
        const answer = await ask(world.url, line);
        expect(answer.status, `${line} ${answer.text}`).toBe(200);
        expectSame(sayable, read(answer.text));
      }),
      { numRuns: 100 },
    );
  });
});

/** A query has no word for a message that is there and says nothing. */
function dropEmpty(json: Record<string, JsonValue>): void {
  for (const [name, value] of Object.entries(json)) {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) continue;
    dropEmpty(value as Record<string, JsonValue>);
    if (!saysSomething(value as Record<string, JsonValue>)) delete json[name];
  }
}

/** Fields without presence are left out of a query where they have their default. */
function saysSomething(json: Record<string, JsonValue>): boolean {
  return Object.entries(json).some(
    ([name, value]) =>
      /^(p|w)[A-Z]|^(left|right|time|span|mask)$/.test(name) ||
      !/^(""|0|"0"|false|\[\]|"\w+_UNSPECIFIED"|"UNKNOWN")$/.test(JSON.stringify(value)),
  );
}

test('MESH-1 any JSON is a google.protobuf.Value and comes back', () => {
  const value = contract.registry.getMessage('lab.kitchen.v1.LooseRequest') as DescMessage;
  const field = value.fields.find(({ name }) => name === 'value');
  fc.assert(
    fc.property(anyJson, (json) => {
      if (!field) return;
      const message = messageFromJson(
        value,
        { kind: 'field', field },
        Buffer.from(JSON.stringify(json)),
        contract.registry,
      );
      expect(toJson(value, message)).toEqual({ value: json });
    }),
  );
});

test('MESH-1 what a template writes, it reads', () => {
  const literal = fc.string({ unit: fc.constantFrom(...'abcXYZ019-_.~'), minLength: 1, maxLength: 6 });
  const segment = anyText.filter((text) => text !== '' && !text.includes('/'));
  const single = segment.map((text) => ({
    template: (name: string) => `{${name}}`,
    value: text,
    path: encodeURIComponent(text),
  }));
  const several = fc.array(segment, { minLength: 1, maxLength: 3 }).map((texts) => ({
    template: (name: string) => `{${name}=x/${texts.map(() => '*').join('/')}}`,
    value: ['x', ...texts].join('/'),
    path: ['x', ...texts.map(encodeURIComponent)].join('/'),
  }));
  const plain = literal.map((text) => ({ template: () => text, value: undefined, path: text }));
  const parts = fc.array(fc.oneof(single, several, plain), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(parts, fc.option(literal, { nil: '' }), (each, verb) => {
      const end = verb === '' ? '' : `:${verb}`;
      const source = `/${each.map(({ template }, index) => template(`f${index}`)).join('/')}${end}`;
      const router = new Router<string>();
      router.add('GET', parseTemplate(source), source);
      const found = router.find('GET', `/${each.map(({ path }) => path).join('/')}${end}`);
      expect(found.kind === 'found' && found.captures.map(({ value }) => value)).toEqual(
        each.flatMap(({ value }) => value ?? []),
      );
    }),
    { numRuns: 500 },
  );
});

test('MESH-1 frames are found however the bytes are cut, also in base64', async () => {
  const payloads = fc.array(fc.uint8Array({ maxLength: 30 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(payloads, fc.array(fc.nat(40), { maxLength: 12 }), fc.boolean(), async (messages, cuts, text) => {
      const frames = messages.map((payload) => encodeFrame(0, payload));
      const whole = text ? Buffer.from(frames.map((each) => each.toString('base64')).join('')) : Buffer.concat(frames);
      async function* chunks() {
        let at = 0;
        for (const cut of cuts) {
          yield whole.subarray(at, at + cut);
          at += cut;
        }
        yield whole.subarray(at);
      }
      const found: Buffer[] = [];
      for await (const { payload } of decodeFrames(text ? decodeBase64(chunks()) : chunks(), 1_000))
        found.push(Buffer.from(payload));
      expect(found).toEqual(messages.map((each) => Buffer.from(each)));
    }),
    { numRuns: 300 },
  );
});
