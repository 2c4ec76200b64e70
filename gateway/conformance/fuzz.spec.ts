import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { innards } from '../testing/ask.ts';
import { fuzzRequest, randomOf } from '../testing/fuzzRequests.ts';
import { type GatewayProcess, startGatewayProcess } from '../testing/gatewayProcess.ts';
import { type HttpAnswer, readAnswers } from '../testing/httpAnswers.ts';
import { type LabWorld, startLabWorld } from '../testing/labWorld.ts';

// FUZZ_SEED repeats a run, FUZZ_REQUESTS makes it longer.
const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
const requests = Number(process.env.FUZZ_REQUESTS ?? 3_000);
const atOnce = 64;

let world: LabWorld;
let gateway: GatewayProcess;
beforeAll(async () => {
  world = await startLabWorld();
  gateway = await startGatewayProcess({
    DESCRIPTORS: world.image,
    UPSTREAMS: `127.0.0.1:${world.lab.port}`,
    LOG_LEVEL: 'info',
    MAX_TIMEOUT_MS: '2000',
    BODY_IDLE_MS: '300',
    HEADERS_TIMEOUT_MS: '300',
    KEEP_ALIVE_MS: '300',
  });
});
afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

/**
 * Sends bytes and reads until the other side closes. Who `leaves` says at once that nothing more comes, which to Node is a
 * caller that has gone: its answer may be cut.
 */
async function send(bytes: Buffer, leaves: boolean): Promise<Buffer> {
  const socket = connect({ port: Number(new URL(gateway.url).port), host: '127.0.0.1' });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => {});
  if (leaves) socket.end(bytes);
  else socket.write(bytes);
  const closed = once(socket, 'close').then(() => true);
  const late = new Promise<false>((resolve) => setTimeout(() => resolve(false), 20_000).unref());
  const inTime = await Promise.race([closed, late]);
  socket.destroy();
  if (!inTime) throw new Error(`seed ${seed}: the connection stays open after ${shown(bytes)}`);
  return Buffer.concat(chunks);
}

function shown(bytes: Buffer): string {
  return JSON.stringify(bytes.toString('latin1').slice(0, 3_000));
}

function check({ status, headers, body }: HttpAnswer): void {
  const text = body.toString();
  const type = headers.get('content-type')?.[0] ?? '';
  if (headers.has('content-encoding')) return;
  if (status === 200 && type.startsWith('application/grpc-web')) {
    checkFrames(type.includes('-text') ? fromText(text) : body);
    return;
  }
  if (type.startsWith('application/json')) JSON.parse(text);
  if (status < 400) return;
  if (status >= 500) expect(text, 'an unforeseen failure').not.toContain('unforeseen');
  expect(JSON.parse(text)).toMatchObject({
    code: expect.any(Number),
    message: expect.any(String),
    details: expect.any(Array),
  });
  expect(text).not.toMatch(innards);
}

function fromText(text: string): Buffer {
  return Buffer.concat((text.match(/[^=]+={0,2}/g) ?? []).map((part) => Buffer.from(part, 'base64')));
}

function checkFrames(bytes: Buffer): void {
  let at = 0;
  let flags = 0;
  for (; at < bytes.length; at += 5 + bytes.readUInt32BE(at + 1)) flags = bytes.readUInt8(at);
  expect([at, flags]).toEqual([bytes.length, 0x80]);
}

async function round(random: () => number, count: number): Promise<Map<number, number>> {
  const statuses = new Map<number, number>();
  let left = count;
  const worker = async () => {
    while (left-- > 0) {
      const bytes = fuzzRequest(random);
      const leaves = random() < 0.1;
      const said = await send(bytes, leaves);
      if (leaves) continue;
      try {
        for (const answer of readAnswers(said)) {
          check(answer);
          statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        }
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).message}\n${shown(bytes)}\n→ ${shown(said)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return statuses;
}

test(`MESH-1 noise and damaged requests: every answer is HTTP, and the process stays as it is`, {
  timeout: 600_000,
}, async () => {
  console.log(`fuzz: FUZZ_SEED=${seed}`);
  const random = randomOf(seed);
  await round(random, Math.ceil(requests / 3));
  const before = gateway.rssBytes();
  const statuses = await round(random, Math.ceil((requests * 2) / 3));
  const grown = gateway.rssBytes() - before;
  expect(statuses.get(200) ?? 0, 'some of it is in order').toBeGreaterThan(0);
  expect(statuses.get(400) ?? 0, 'some of it is not').toBeGreaterThan(0);
  expect(grown).toBeLessThan(96 * 1024 * 1024);
  expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
  expect((await fetch(`${gateway.url}/v1/echo?text=still`)).status).toBe(200);
});
