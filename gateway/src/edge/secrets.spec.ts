import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { startIssuer } from '#test/conformance/issuer';
import { startGatewayProcess } from '../../testing/gatewayProcess.ts';
import { ask2, openSession } from '../../testing/http2Client.ts';
import { labImage } from '../../testing/labImage.ts';
import { startLab } from '../../testing/labServer.ts';
import { exchangeRaw } from '../../testing/rawSocket.ts';
import { encodeFrame } from '../grpcweb/frames.ts';

/** Keeps all spans that are sent to it, as they were sent. */
async function startReceiver() {
  const received: Buffer[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    received.push(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    text: () => Buffer.concat(received).toString('latin1'),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('MESH-8 nothing secret is in logs, traces or errors: no token, no query value, no body', async () => {
  await using issuer = await startIssuer();
  await using receiver = await startReceiver();
  using image = labImage();
  await using lab = await startLab(image.path);
  const good = await issuer.token({ sub: 'anna' });
  const bad = await issuer.forged({ sub: 'mallory', card: 'CLAIM-SECRET' });
  const answers: string[] = [];
  let written = () => '';
  {
    await using gateway = await startGatewayProcess({
      LOG_LEVEL: 'trace',
      DESCRIPTORS: image.path,
      UPSTREAMS: `127.0.0.1:${lab.port}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OIDC_ISSUER: issuer.oidc.issuer,
      OIDC_JWKS_URL: issuer.oidc.jwksUrl,
      PASS_HEADERS: 'payment-signature',
    });
    written = () => gateway.output();
    const ask = async (line: string, headers: Record<string, string> = {}, body?: string | Buffer) => {
      const [method = '', path = ''] = line.split(' ');
      const response = await fetch(gateway.url + path, { method, headers, body: body as string });
      answers.push(await response.text());
    };
    const json = { 'content-type': 'application/json', authorization: `Bearer ${good}` };
    await ask('GET /v1/echo?text=QUERY-SECRET', { authorization: `Bearer ${good}`, cookie: 'COOKIE-SECRET' });
    answers.pop();
    await ask('GET /v1/echo?count=QUERY-SECRET', { 'idempotency-key': 'KEY-SECRET' });
    await ask('GET /v1/nothing?token=QUERY-SECRET', { 'payment-signature': 'SIGNATURE-SECRET' });
    await ask('GET /v1/echo', { authorization: `Bearer ${bad}` });
    await ask('GET /v1/echo', { authorization: 'Basic BASIC-SECRET' });
    await ask('POST /v1/echo', json, '{"text":"BODY-SECRET","count":"BODY-SECRET"}');
    await ask('POST /v1/echo', json, '{"text":"BODY-SECRET');
    await ask('POST /v1/echo', { ...json, 'content-encoding': 'gzip' }, 'BODY-SECRET');
    await ask('GET /v1/fail?code=13&message=x', { authorization: `Bearer ${good}` });
    await ask('GET /v1/metadata', { 'grpc-metadata-card': 'METADATA-SECRET', authorization: `Bearer ${good}` });
    answers.pop();
    const frame = encodeFrame(0, Buffer.from('\xffBODY-SECRET', 'latin1'));
    await ask('POST /lab.v1.Lab/Echo', { ...json, 'content-type': 'application/grpc-web+proto' }, frame);
    const port = Number(new URL(gateway.url).port);
    answers.push(
      await exchangeRaw(port, 'GET /v1/echo?text=QUERY-SECRET HTTP/9.9\r\nauthorization: RAW-SECRET\r\n\r\n'),
    );
    await using session = await openSession(gateway.url);
    answers.push((await ask2(session, { ':path': '/v1/x?a=QUERY-SECRET', authorization: 'Bearer RAW-SECRET' })).text);
    await lab[Symbol.asyncDispose]();
    await ask('GET /v1/echo?text=QUERY-SECRET', { authorization: `Bearer ${good}` });
  }
  const output = written();
  expect(output.match(/"msg":"request"/g)?.length).toBeGreaterThan(10);
  expect(receiver.text()).toContain('/v1/echo');
  const signature = (token: string) => token.split('.')[2] ?? '';
  const secrets = [/[A-Z]+-SECRET/, signature(good), signature(bad), good.split('.')[1] ?? '', 'mallory'];
  for (const secret of secrets) {
    expect(output).not.toMatch(secret);
    expect(receiver.text()).not.toMatch(secret);
    expect(answers.join('\n')).not.toMatch(secret);
  }
  // Where things are inside is nobody's business, either.
  expect(answers.join('\n')).not.toMatch(/node_modules|\.ts:|127\.0\.0\.1|ECONN|grpc-js/);
});
