import { describe, expect, test } from 'vitest';
import { frame } from '../../testing/grpcWebCall.ts';
import { type LabWorld, startLabWorld } from '../../testing/labWorld.ts';

const open = ({ url }: LabWorld, accept: string) => fetch(`${url}/v1/counts?to=2&stayAt=2`, { headers: { accept } });

/** Reads until it holds the text, or the end; what comes after is left. */
async function reads(stream: ReadableStreamDefaultReader<string>, text: string): Promise<string> {
  let read = '';
  while (!read.includes(text)) {
    const { value, done } = await stream.read();
    if (done) break;
    read += value;
  }
  return read;
}

function readerOf({ body }: Response): ReadableStreamDefaultReader<string> {
  if (!body) throw new Error('no body');
  return body.pipeThrough(new TextDecoderStream()).getReader();
}

describe('MESH-6 a gateway that drains', () => {
  test.each(['application/x-ndjson', 'text/event-stream'])(
    'tells a stream without an end to begin again, and is gone at once: %s',
    async (accept) => {
      const world = await startLabWorld({ GRPC_WEB_MODE: 'mesh', DRAIN_MS: '20000' });
      await using stack = new AsyncDisposableStack();
      stack.defer(() => world.lab[Symbol.asyncDispose]());
      const stream = readerOf(await open(world, accept));
      await reads(stream, '"count":2');
      const begun = performance.now();
      const drained = world.gateway[Symbol.asyncDispose]();
      const last = await reads(stream, 'never');
      expect(last).toContain('SHUTTING_DOWN');
      expect(last).toContain('error');
      await drained;
      expect(performance.now() - begun).toBeLessThan(5_000);
      expect(world.lab.cancelled).toEqual(['/lab.v1.Lab/Count']);
    },
  );

  test('gives streams of services that it does not know the time it has, and then the same word', async () => {
    const world = await startLabWorld({ DRAIN_MS: '1500' });
    await using stack = new AsyncDisposableStack();
    stack.defer(() => world.lab[Symbol.asyncDispose]());
    const stream = readerOf(await open(world, 'application/x-ndjson'));
    await reads(stream, '"count":2');
    const begun = performance.now();
    const drained = world.gateway[Symbol.asyncDispose]();
    expect(await reads(stream, 'never')).toContain('SHUTTING_DOWN');
    expect(performance.now() - begun).toBeGreaterThan(900);
    await drained;
  });

  test('ends a gRPC-Web stream by UNAVAILABLE in its last frame', async () => {
    const world = await startLabWorld({ GRPC_WEB_MODE: 'mesh', DRAIN_MS: '20000' });
    await using stack = new AsyncDisposableStack();
    stack.defer(() => world.lab[Symbol.asyncDispose]());
    const response = await fetch(`${world.url}/lab.v1.Lab/Count`, {
      method: 'POST',
      // CountRequest: to = 2, stay_at = 2.
      body: frame(Buffer.from([0x08, 2, 0x18, 2])),
      headers: { 'content-type': 'application/grpc-web+proto' },
    });
    const stream = readerOf(response);
    await reads(stream, '\x02');
    const drained = world.gateway[Symbol.asyncDispose]();
    expect(await reads(stream, 'never')).toMatch(/grpc-status: ?14/);
    await drained;
  });

  test('lets a download come to its end', async () => {
    const world = await startLabWorld({ GRPC_WEB_MODE: 'mesh', DRAIN_MS: '20000' });
    await using stack = new AsyncDisposableStack();
    stack.defer(() => world.lab[Symbol.asyncDispose]());
    const response = await fetch(`${world.url}/v1/downloads?pieces=200&pieceBytes=100000`);
    const drained = world.gateway[Symbol.asyncDispose]();
    expect((await response.arrayBuffer()).byteLength).toBe(20_000_000);
    await drained;
  });
});
