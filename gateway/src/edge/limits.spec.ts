import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, sendJson, violations } from '../../testing/ask.ts';
import { ask2, openSession } from '../../testing/http2Client.ts';
import { type LabWorld, startLabWorld } from '../../testing/labWorld.ts';
import { exchangeRaw, openSocket } from '../../testing/rawSocket.ts';
import { encodeFrame } from '../grpcweb/frames.ts';

let world: LabWorld;
beforeAll(async () => {
  world = await startLabWorld({
    MAX_URL_BYTES: '100',
    MAX_HEADERS: '20',
    MAX_HEADER_BYTES: '4096',
    MAX_JSON_DEPTH: '5',
    MAX_BODY_BYTES: '1000',
  });
});
afterAll(() => world[Symbol.asyncDispose]());

const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-h${index}`, 'a']));
const info = (json: { details: object[] }) => json.details[0];
const deep = (depth: number) => `${'{"deeper":'.repeat(depth)}{}${'}'.repeat(depth)}`;

describe('MESH-1 limits of a request, each with its answer', () => {
  test('the URL', async () => {
    expect((await ask(world.url, `GET /v1/echo?text=${'a'.repeat(80)}`)).status).toBe(200);
    const long = await ask(world.url, `GET /v1/echo?text=${'a'.repeat(100)}`);
    expect(long.status).toBe(414);
    expect(info(long.json)).toMatchObject({ reason: 'REQUEST_TOO_LARGE', metadata: { part: 'url', limit: '100' } });
    await using session = await openSession(world.url);
    expect((await ask2(session, { ':path': `/v1/echo?text=${'a'.repeat(100)}` })).status).toBe(414);
  });

  test('the number of headers: none is left out in silence', async () => {
    const answer = await ask(world.url, 'GET /v1/echo', { headers: many(30) });
    expect(answer.status).toBe(431);
    expect(info(answer.json)).toMatchObject({
      reason: 'REQUEST_TOO_LARGE',
      metadata: { part: 'headers', limit: '20' },
    });
    await using session = await openSession(world.url);
    expect((await ask2(session, { ':path': '/v1/echo', ...many(10) })).status).toBe(200);
    expect((await ask2(session, { ':path': '/v1/echo', ...many(25) })).status).toBe(431);
    await expect(ask2(session, { ':path': '/v1/echo', ...many(60) })).rejects.toThrow();
    expect((await ask2(session, { ':path': '/v1/echo' })).status).toBe(200);
  });

  test('the size of headers', async () => {
    const answer = await ask(world.url, 'GET /v1/echo', { headers: { 'x-long': 'a'.repeat(5_000) } });
    expect([answer.status, answer.headers.get('connection')]).toEqual([431, 'close']);
    expect(info(answer.json)).toMatchObject({ reason: 'REQUEST_TOO_LARGE', metadata: { part: 'headers' } });
    await using session = await openSession(world.url);
    expect(session.remoteSettings.maxHeaderListSize).toBe(8_192);
    expect((await ask2(session, { ':path': '/v1/echo', 'x-long': 'a'.repeat(5_000) })).status).toBe(431);
    await expect(ask2(session, { ':path': '/v1/echo', 'x-long': 'a'.repeat(50_000) })).rejects.toThrow();
    expect((await fetch(`${world.url}/v1/echo`)).status).toBe(200);
  });

  test('gRPC-Web gets to know it where its clients look', async () => {
    const response = await fetch(`${world.url}/lab.v1.Lab/Echo`, {
      method: 'POST',
      headers: { ...many(25), 'content-type': 'application/grpc-web+proto' },
      body: encodeFrame(0, Buffer.alloc(0)),
    });
    expect([response.status, (await response.text()).includes('grpc-status: 8')]).toEqual([200, true]);
  });

  test('how deep JSON is nested', async () => {
    expect((await sendJson(world.url, 'POST /v1/echo', `{"nested":${deep(3)}}`)).status).toBe(200);
    const answer = await sendJson(world.url, 'POST /v1/echo', `{"nested":${deep(5)}}`);
    expect([answer.status, violations(answer)]).toEqual([400, ['body']]);
    expect(answer.json.message).toBe('body: is nested more than 5 deep');
    const bomb = '['.repeat(900);
    expect((await sendJson(world.url, 'POST /v1/echo', bomb)).json.message).toBe('body: is nested more than 5 deep');
  });

  test('the body, whether it says its length or not', async () => {
    const body = `{"text":"${'a'.repeat(1_000)}"}`;
    const announced = await sendJson(world.url, 'POST /v1/echo', body);
    expect(announced.status).toBe(413);
    expect(info(announced.json)).toMatchObject({ reason: 'REQUEST_TOO_LARGE', metadata: { limit: '1000' } });
    const chunked = 'POST /v1/echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n';
    expect(await exchangeRaw(world.gateway.port, `${chunked}400\r\n${'a'.repeat(1_024)}\r\n0\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 413 /,
    );
    await using session = await openSession(world.url);
    expect((await ask2(session, { ':path': '/v1/echo', ':method': 'POST' }, body)).status).toBe(413);
  });
});

describe('MESH-8 limits of what is open at once', () => {
  const sleeping = (url: string) => {
    const asked = httpRequest(`${url}/v1/sleep?ms=60000`).end();
    asked.on('error', () => {});
    return asked;
  };

  test('requests in all: the next one is told when to come again, health is still answered', async () => {
    await using own = await startLabWorld({ MAX_CONCURRENT_REQUESTS: '2' });
    const [one, two] = [sleeping(own.url), sleeping(own.url)];
    await expect.poll(async () => (await fetch(`${own.url}/v1/echo`)).status).toBe(503);
    const refused = await ask(own.url, 'GET /v1/echo');
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.json).toMatchObject({ code: 14, details: [{ reason: 'OVERLOADED', metadata: { limit: '2' } }, {}] });
    expect((await fetch(`${own.url}/healthz`)).status).toBe(200);
    one.destroy();
    await expect.poll(async () => (await fetch(`${own.url}/v1/echo`)).status).toBe(200);
    two.destroy();
  });

  test('streams in all: others find room', async () => {
    await using own = await startLabWorld({ MAX_CONCURRENT_STREAMS: '1' });
    const asked = httpRequest(`${own.url}/v1/counts?to=2&stayAt=1`).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    const refused = await ask(own.url, 'GET /v1/counts?to=1');
    expect([refused.status, refused.json.details[0].metadata.what]).toEqual([503, 'streams']);
    const web = await fetch(`${own.url}/lab.v1.Lab/Count`, {
      method: 'POST',
      headers: { 'content-type': 'application/grpc-web+proto' },
      body: encodeFrame(0, Buffer.from([8, 1])),
    });
    expect(await web.text()).toContain('grpc-status: 14');
    expect((await ask(own.url, 'GET /v1/echo')).status).toBe(200);
    response.destroy();
    await expect.poll(async () => (await ask(own.url, 'GET /v1/counts?to=1')).status).toBe(200);
  });

  test('requests that are sent on one connection without waiting', async () => {
    await using own = await startLabWorld({ MAX_REQUESTS_PER_CONNECTION: '3' });
    const sleep = 'GET /v1/sleep?ms=100 HTTP/1.1\r\nhost: x\r\n\r\n';
    const last = 'GET /v1/echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';
    const received = await exchangeRaw(own.gateway.port, `${sleep.repeat(4)}${last}`);
    const statuses = received.match(/HTTP\/1\.1 \d+/g);
    expect(statuses).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 429', 'HTTP/1.1 429']);
    expect(received).toContain('TOO_MANY_REQUESTS_OPEN');
  });

  test('connections: the next one is told, and there is room again when one is gone', async () => {
    await using own = await startLabWorld({ MAX_CONNECTIONS: '2' });
    const one = await openSocket(own.gateway.port);
    using two = await openSocket(own.gateway.port);
    two.socket.write('GET /v1/echo HTTP/1.1\r\nhost: x\r\n\r\n');
    await expect.poll(() => two.received()).toContain('200 OK');
    const refused = await exchangeRaw(own.gateway.port, '');
    expect(refused).toMatch(/^HTTP\/1\.1 503 /);
    expect(refused).toMatch(/\r\nretry-after: 1\r\n/);
    expect(refused).toContain('"reason":"OVERLOADED"');
    one.socket.destroy();
    const plain = 'GET /v1/echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';
    await expect.poll(() => exchangeRaw(own.gateway.port, plain)).toMatch(/^HTTP\/1\.1 200 /);
  });
});
