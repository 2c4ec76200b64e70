import { once } from 'node:events';
import http2, { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort } from '../../../deploy/local/ports.ts';
import { Endpoints } from './endpoints.ts';
import { GrpcBalancer } from './grpcBalancer.ts';

type Serve = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

let stack: AsyncDisposableStack;
let balancer: GrpcBalancer;
let caller: http2.ClientHttp2Session;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  balancer = stack.use(new GrpcBalancer(new Endpoints(), (path) => path.endsWith('/Read')));
  const port = await freePort();
  await balancer.listen(port);
  caller = http2.connect(`http://127.0.0.1:${port}`);
  caller.on('error', () => {});
  stack.defer(() => caller.destroy());
});
afterEach(() => stack.disposeAsync());

async function replica(serve: Serve): Promise<void> {
  const server = http2.createServer();
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    serve(stream, headers);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stack.defer(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  balancer.endpoints.add(`127.0.0.1:${(server.address() as AddressInfo).port}`);
}

/** Gives back what it gets, with a status behind it. */
const echo: Serve = (stream) => {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'x-last': 'word' }));
  stream.pipe(stream);
};

async function call(method: string, headers: http2.OutgoingHttpHeaders = {}) {
  const stream = caller.request({ ':method': 'POST', ':path': `/a.Service/${method}`, te: 'trailers', ...headers });
  let last: IncomingHttpHeaders = {};
  stream.on('response', (answer) => {
    last = answer;
  });
  stream.on('trailers', (trailers) => {
    last = trailers;
  });
  let body = '';
  stream.on('data', (chunk) => {
    body += chunk;
  });
  stream.on('error', () => {});
  stream.end('question');
  await once(stream, 'close');
  return { body, status: last['grpc-status'], last, reset: stream.rstCode };
}

test('requests of one connection are shared among the replicas; messages and trailers pass', async () => {
  const served = [0, 0];
  for (const index of [0, 1]) {
    await replica((stream, headers) => {
      served[index] = (served[index] ?? 0) + 1;
      echo(stream, headers);
    });
  }
  for (let count = 0; count < 10; count++) {
    const answer = await call('Write');
    expect(answer).toMatchObject({ body: 'question', status: '0', last: { 'x-last': 'word' } });
  }
  expect(served).toEqual([5, 5]);
});

test('an answer of trailers only, and the deadline of the caller, pass as they are', async () => {
  let timeout: unknown;
  await replica((stream, headers) => {
    timeout = headers['grpc-timeout'];
    stream.respond({ ':status': 200, 'grpc-status': '5', 'grpc-message': 'none' }, { endStream: true });
  });
  expect(await call('Write', { 'grpc-timeout': '250m' })).toMatchObject({
    status: '5',
    last: { 'grpc-message': 'none' },
  });
  expect(timeout).toBe('250m');
});

test('a caller that goes away resets the call at the replica', async () => {
  const reset = Promise.withResolvers<number | undefined>();
  const begun = Promise.withResolvers<void>();
  await replica((stream) => {
    begun.resolve();
    stream.once('close', () => reset.resolve(stream.rstCode));
  });
  const stream = caller.request({ ':method': 'POST', ':path': '/a.Service/Write' });
  stream.on('error', () => {});
  await begun.promise;
  stream.close(constants.NGHTTP2_CANCEL);
  expect(await reset.promise).toBe(constants.NGHTTP2_CANCEL);
});

test('what a replica has not looked at goes to another one, whatever the method', async () => {
  await replica((stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM));
  await replica(echo);
  balancer.endpoints.add(`127.0.0.1:${await freePort()}`);
  for (let count = 0; count < 6; count++) expect(await call('Write')).toMatchObject({ body: 'question', status: '0' });
  expect(balancer.forwarded).toMatchObject({ failed: 0, repeated: 0 });
  expect(balancer.forwarded.unprocessed).toBeGreaterThan(2);
});

test('what broke in the middle is repeated only where the contract allows it', async () => {
  let looked = 0;
  await replica((stream) => {
    looked++;
    stream.session?.destroy();
  });
  expect(await call('Write')).toMatchObject({ status: '14' });
  expect(looked).toBe(1);
  await replica(echo);
  for (let count = 0; count < 4; count++) expect(await call('Read')).toMatchObject({ body: 'question', status: '0' });
  expect(balancer.forwarded).toMatchObject({ failed: 1, unprocessed: 0 });
});
