// biome-ignore-all lint/suspicious/noExplicitAny: the services are known only at run time, by their descriptors.
import { create, createRegistry, type DescService } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcWebTransport } from '@connectrpc/connect-web';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { ErrorInfoSchema } from '#google/rpc/error_details';
import { loadContract } from '../src/contract/contract.ts';
import { callWithLibrary } from '../testing/grpcWebLibrary.ts';
import { type LabWorld, startLabWorld } from '../testing/labWorld.ts';
import { NodeXhr } from '../testing/nodeXhr.ts';

let world: LabWorld;
let scripted: DescService;
beforeAll(async () => {
  vi.stubGlobal('XMLHttpRequest', NodeXhr);
  world = await startLabWorld();
  scripted = loadContract(world.image).services.find(({ name }) => name === 'Scripted') as DescService;
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  vi.unstubAllGlobals();
});
beforeEach(() => {
  world.lab.cancelled.length = 0;
});

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const text = (data: Uint8Array) => Buffer.from(data).toString();
const jsonOptions = { registry: createRegistry(ErrorInfoSchema) };
const sizes = [31415, 9, 2653, 58979];
const special = '\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n';

describe.each([
  ['proto', true],
  ['json', false],
])('MESH-1 connect-web, %s', (_, useBinaryFormat) => {
  const client = () =>
    createClient(scripted, createGrpcWebTransport({ baseUrl: world.url, useBinaryFormat, jsonOptions })) as any;

  test('unary, with headers and trailers', async () => {
    const seen: Record<string, string | null> = {};
    const script = {
      data: [bytes('hello')],
      headers: [{ name: 'x-head', values: ['a'] }],
      trailers: [{ name: 'x-tail-bin', values: ['AQI='] }],
    };
    const answer = await client().unary(
      { script },
      {
        headers: { 'x-mine': 'yes' },
        onHeader: (headers: Headers) => (seen.head = headers.get('x-head')),
        onTrailer: (trailers: Headers) => (seen.tail = trailers.get('x-tail-bin')),
      },
    );
    expect(text(answer.data)).toBe('hello');
    expect(seen).toEqual({ head: 'a', tail: 'AQI' });
    const mine = answer.received.find(({ name }: any) => name === 'x-mine');
    expect(mine.values).toEqual(['yes']);
  });

  test('a server stream, whole and broken off', async () => {
    const received: string[] = [];
    for await (const answer of client().serverStream({ script: { data: ['a', 'b', 'c'].map(bytes) } }))
      received.push(text(answer.data));
    expect(received).toEqual(['a', 'b', 'c']);
    const failure = { code: 10, message: special };
    const broken = (async () => {
      for await (const answer of client().serverStream({ script: { data: [bytes('d')], failure } }))
        received.push(text(answer.data));
    })();
    await expect(broken).rejects.toMatchObject({ code: Code.Aborted, rawMessage: special });
    expect(received.at(-1)).toBe('d');
  });

  test('every code, with details', async () => {
    const detail = anyPack(ErrorInfoSchema, create(ErrorInfoSchema, { reason: 'LAB', domain: 'lab.example' }));
    for (let code = 1; code <= 16; code++) {
      const error = await client()
        .unary({ script: { failure: { code, message: `m${code}`, details: [detail] } } })
        .catch(ConnectError.from);
      expect([error.code, error.rawMessage]).toEqual([code, `m${code}`]);
      expect(error.findDetails(ErrorInfoSchema)).toMatchObject([{ reason: 'LAB' }]);
    }
  });

  test('a timeout, and a caller that changes its mind', async () => {
    const late = client().unary({ script: { delayMs: 5_000 } }, { timeoutMs: 100 });
    await expect(late).rejects.toMatchObject({ code: Code.DeadlineExceeded });
    const abort = new AbortController();
    const left = client().unary({ script: { delayMs: 5_000 } }, { signal: abort.signal });
    setTimeout(() => abort.abort(), 100);
    await expect(left).rejects.toMatchObject({ code: Code.Canceled });
    await expect.poll(() => world.lab.cancelled.length).toBeGreaterThan(0);
  });

  test('what is not there', async () => {
    await expect(client().missing({})).rejects.toMatchObject({ code: Code.Unimplemented });
  });
});

describe.each(['text', 'binary'] as const)('MESH-1 grpc-web, %s', (format) => {
  const call = (name: string, request: object, metadata: Record<string, string> = {}) =>
    callWithLibrary(world.url, scripted, name, request, { format, metadata }) as Promise<any>;

  test('an empty message, also with a deadline', async () => {
    expect((await call('Unary', {})).messages).toHaveLength(1);
    const answer = await call('Unary', {}, { deadline: String(Date.now() + 5_000) });
    expect(answer.messages[0].timeoutMs).toBeGreaterThan(1_000n);
    expect(answer.messages[0].timeoutMs).toBeLessThanOrEqual(5_000n);
  });

  test('a large message each way', async () => {
    const { messages } = await call('Unary', { padding: new Uint8Array(271_828), script: { padTo: 314_159 } });
    expect(messages[0].padding).toHaveLength(314_159);
  });

  test('a server stream of several sizes', async () => {
    const data = sizes.map((size) => new Uint8Array(size));
    const { messages, status } = await call('ServerStream', { script: { data } });
    expect(messages.map((message: any) => message.data.length)).toEqual(sizes);
    expect(status.code).toBe(0);
  });

  test('metadata there and back, before and after the message', async () => {
    const script = {
      headers: [{ name: 'x-grpc-test-echo-initial', values: ['test_initial_metadata_value'] }],
      trailers: [{ name: 'x-grpc-test-echo-trailing-bin', values: ['11250603'] }],
    };
    const { messages, metadata, status } = await call('Unary', { script }, { 'x-mine': 'yes' });
    expect(metadata['x-grpc-test-echo-initial']).toBe('test_initial_metadata_value');
    expect(status.metadata['x-grpc-test-echo-trailing-bin']).toBe('11250603');
    expect(messages[0].received).toContainEqual(expect.objectContaining({ name: 'x-mine', values: ['yes'] }));
  });

  test.each([
    [2, 'test status message'],
    [2, special],
    [5, ''],
    [16, '100%'],
  ])('status %i with message %j', async (code, message) => {
    for (const name of ['Unary', 'ServerStream']) {
      const { error } = await call(name, { script: { failure: { code, message } } });
      expect([error.code, error.message]).toEqual([code, message]);
    }
  });

  test('a method that is not implemented', async () => {
    expect((await call('Missing', {})).error.code).toBe(12);
  });

  test('a deadline that passes', async () => {
    const { error } = await call('Unary', { script: { delayMs: 5_000 } }, { deadline: String(Date.now() + 200) });
    expect(error.code).toBe(4);
  });
});
