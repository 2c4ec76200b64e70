import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../config.ts';
import { type RunningGateway, startGateway } from '../../gateway.ts';
import { ask } from '../../testing/ask.ts';
import { labImage } from '../../testing/labImage.ts';
import { framed } from '../upstream/outgoing.ts';

const image = labImage();
const service = http2.createServer();
let gateway: RunningGateway;
let messages: number;

beforeAll(async () => {
  service.on('stream', (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(Buffer.concat(Array.from({ length: messages }, () => framed(Buffer.alloc(0)))));
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  const { port } = service.address() as AddressInfo;
  gateway = await startGateway(
    readConfig({ PORT: '0', LOG_LEVEL: 'silent', DRAIN_MS: '500' }, [
      ...['--descriptors', image.path],
      ...['--upstream', `127.0.0.1:${port}`],
    ]),
  );
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  service.close();
  image[Symbol.dispose]();
});

test.each([
  [0, 500],
  [1, 200],
  [2, 500],
  [3, 500],
])('MESH-1 a service that answers with %i messages where one belongs', async (count, expected) => {
  messages = count;
  const { status } = await ask(`http://127.0.0.1:${gateway.port}`, 'GET /v1/echo', {
    headers: { 'x-server-timeout': '20' },
  });
  expect(status).toBe(expected);
});
