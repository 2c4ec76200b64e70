import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBrowser } from '#test/harness/chromium';
import { readConfig } from '../../../config.ts';
import { startGateway } from '../../../gateway.ts';
import { type LabWorld, startLabWorld } from '../../../testing/labWorld.ts';
import { compileProto } from '../testing/compile.ts';

let world: LabWorld;

beforeAll(async () => {
  world = await startLabWorld();
});

afterAll(() => world[Symbol.asyncDispose]());

const ask = (path: string, options: RequestInit = {}, url = world.url) =>
  fetch(`${url}${path}`, { redirect: 'manual', ...options });

describe('MESH-1 GET /openapi.json', () => {
  test('MESH-1 is JSON with a tag of its content, by which it can be asked for again', async () => {
    const first = await ask('/openapi.json');
    expect(first.status).toBe(200);
    expect(first.headers.get('content-type')).toBe('application/json');
    expect(first.headers.get('cache-control')).toBe('public, no-cache');
    expect(await first.json()).toMatchObject({ openapi: '3.1.1' });
    const etag = first.headers.get('etag') ?? '';
    const second = await ask('/openapi.json', { headers: { 'if-none-match': etag } });
    expect([second.status, second.headers.get('etag'), await second.text()]).toEqual([304, etag, '']);
    const other = await ask('/openapi.json', { headers: { 'if-none-match': '"other"' } });
    expect(other.status).toBe(200);
  });

  test('MESH-1 HEAD has no body, other methods are refused', async () => {
    const head = await ask('/openapi.json', { method: 'HEAD', headers: { 'accept-encoding': 'identity' } });
    expect(head.status).toBe(200);
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(10_000);
    expect(await head.text()).toBe('');
    const post = await ask('/openapi.json', { method: 'POST', body: '{}' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect(await post.json()).toMatchObject({ details: [{ reason: 'METHOD_NOT_ALLOWED' }] });
  });

  test('MESH-1 is packed for whoever can unpack it', async () => {
    const plain = await (await ask('/openapi.json', { headers: { 'accept-encoding': 'identity' } })).text();
    const { request } = await import('node:http');
    const packed = await new Promise<{ coding: string | undefined; body: Buffer }>((resolve, reject) => {
      const headers = { 'accept-encoding': 'gzip' };
      request(`${world.url}/openapi.json`, { headers }, async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk);
        resolve({ coding: response.headers['content-encoding'], body: Buffer.concat(chunks) });
      })
        .on('error', reject)
        .end();
    });
    expect(packed.coding).toBe('gzip');
    expect(packed.body.length).toBeLessThan(plain.length / 4);
    expect(gunzipSync(packed.body).toString()).toBe(plain);
  });

  test('MESH-1 many who ask at once get the same', async () => {
    await using fresh = await startLabWorld();
    const answers = await Promise.all(
      Array.from({ length: 8 }, async () => (await ask('/openapi.json', {}, fresh.url)).headers.get('etag')),
    );
    expect(new Set(answers).size).toBe(1);
  });
});

test('MESH-1 nothing else lies below /docs, and /docs/ leads to /docs', async () => {
  for (const path of [
    '/docs/package.json',
    '/docs/../package.json',
    '/docs/swagger-ui.js',
    '/docsx',
    '/docs/start.js/',
  ]) {
    expect([path, (await ask(path)).status]).toEqual([path, 404]);
  }
  const slash = await ask('/docs/');
  expect([slash.status, slash.headers.get('location')]).toEqual([308, '../docs']);
});

test('MESH-1 OPENAPI=off shows neither', async () => {
  expect(readConfig({ UPSTREAMS: 'a:1' }).openApi).toBe(true);
  expect(readConfig({ UPSTREAMS: 'a:1' }, ['--openapi', 'off']).openApi).toBe(false);
  await using silent = await startLabWorld({ OPENAPI: 'off' });
  for (const path of ['/openapi.json', '/docs', '/docs/start.js']) {
    expect([path, (await ask(path, {}, silent.url)).status]).toEqual([path, 404]);
  }
});

test('MESH-1 a contract’s own routes of such paths come first, by method', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'jangbu-own-routes-'));
  try {
    const image = join(folder, 'own.binpb');
    writeFileSync(
      image,
      compileProto(`syntax = "proto3";
package own.v1;
import "google/api/annotations.proto";
service Own {
  rpc Get(Empty) returns (Empty) { option (google.api.http) = {get: "/openapi.json"}; }
  rpc Put(Empty) returns (Empty) { option (google.api.http) = {put: "/docs"}; }
}
message Empty {}
`),
    );
    // Nobody listens there: an answer that says so is the contract's.
    const args = ['--descriptors', image, '--upstream', '127.0.0.1:1', '--port', '0', '--log-level', 'silent'];
    await using gateway = await startGateway(readConfig({ DRAIN_MS: '100' }, args));
    const url = `http://127.0.0.1:${gateway.port}`;
    expect((await ask('/openapi.json', {}, url)).status).toBe(503);
    expect((await ask('/docs', { method: 'PUT' }, url)).status).toBe(503);
    expect((await ask('/docs', {}, url)).status).toBe(200);
    expect((await ask('/docs/start.js', {}, url)).status).toBe(200);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

describe('MESH-1 the page in a browser', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await startBrowser();
  });

  afterAll(() => browser?.close());

  test('MESH-1 shows the operations and tries one with a token, loading nothing from elsewhere', async () => {
    const page = await browser.newPage();
    const asked: string[] = [];
    const faults: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text());
    });
    await page.goto(`${world.url}/docs`);
    const call = page.locator('#operations-Lab-Lab_Metadata');
    await call.waitFor();

    await page.locator('.auth-wrapper .authorize').click();
    await page.locator('.auth-container input').fill('a-token-of-mine');
    await page.locator('.auth-btn-wrapper .authorize').click();
    await page.locator('.auth-btn-wrapper .btn-done').click();
    await call.locator('.opblock-summary-control').click();
    await call.locator('.try-out__btn').click();
    const answered = page.waitForResponse(`${world.url}/v1/metadata`);
    await call.locator('.execute').click();
    // The lab answers with the metadata that it got.
    expect(await (await answered).json()).toMatchObject({ entries: { authorization: 'Bearer a-token-of-mine' } });
    await call.locator('.live-responses-table').waitFor();

    const origins = asked.filter((url) => !url.startsWith('data:')).map((url) => new URL(url).origin);
    expect(new Set(origins)).toEqual(new Set([world.url]));
    expect(faults).toEqual([]);
  });

  test('MESH-1 an example of the page can be sent as it is', async () => {
    const page = await browser.newPage();
    await page.goto(`${world.url}/docs#/Lab/Lab_Echo`);
    const call = page.locator('#operations-Lab-Lab_Echo');
    await call.locator('.try-out__btn').click();
    await call.locator('.execute').click();
    const answer = call.locator('.live-responses-table');
    await answer.waitFor();
    expect(await answer.locator('.response-col_status').last().textContent()).toContain('200');
    expect(await answer.textContent()).toContain('"bigCount": "1"');
  });

  test('MESH-1 the page may run its own files and nothing else', async () => {
    const policy = (await ask('/docs')).headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
  });
});
