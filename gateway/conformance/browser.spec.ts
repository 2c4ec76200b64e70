import { readFileSync } from 'node:fs';
import type { Browser, Page as Tab } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBrowser } from '#test/harness/chromium';
import { type LabWorld, startLabWorld } from '../testing/labWorld.ts';
import type { Page } from '../testing/page/page.ts';
import { servePage } from '../testing/pageServer.ts';

declare const page: Page;

let site: Awaited<ReturnType<typeof servePage>>;
let world: LabWorld;
let browser: Browser;
let tab: Tab;
const said: string[] = [];

beforeAll(async () => {
  site = await servePage();
  world = await startLabWorld({ CORS_ORIGINS: site.origin });
  browser = await startBrowser();
  tab = await browser.newPage();
  tab.on('console', (message) => said.push(message.text()));
  tab.on('pageerror', (error) => said.push(error.message));
  await tab.goto(site.origin);
  await tab.evaluate((image) => page.load(image), readFileSync(world.image).toString('base64'));
}, 300_000);

afterAll(async () => {
  await browser?.close();
  await world?.[Symbol.asyncDispose]();
  await site?.[Symbol.asyncDispose]();
});

const words = ['안녕', 'two', 'three'];

test('MESH-1 a page calls with connect-web: one answer, with metadata before and after it', async () => {
  const answer = await tab.evaluate(([url, text]) => page.connectUnary(url, text), [world.url, '안녕'] as const);
  expect(answer).toEqual({ text: '안녕', header: 'before', trailer: 'after' });
});

test('MESH-1 a page reads a stream with connect-web, each answer as it comes', async () => {
  const answers = await tab.evaluate(([url, texts]) => page.connectStream(url, [...texts], 200), [
    world.url,
    words,
  ] as const);
  expect(answers.map(({ text }) => text)).toEqual(words);
  expect((answers[2]?.at ?? 0) - (answers[0]?.at ?? 0)).toBeGreaterThan(200);
});

test('MESH-1 a page calls with grpc-web: one answer, a stream', async () => {
  const answer = await tab.evaluate(([url, text]) => page.libraryUnary(url, text), [world.url, '안녕'] as const);
  expect(answer).toEqual({ text: '안녕', header: 'before', trailer: 'after' });
  const stream = await tab.evaluate(([url, texts]) => page.libraryStream(url, [...texts]), [world.url, words] as const);
  expect(stream).toEqual(words);
});

test('MESH-1 a page reads errors with both', async () => {
  const expected = { code: 9, message: '왜? 100%\n' };
  expect(await tab.evaluate((url) => page.connectError(url, 9, '왜? 100%\n'), world.url)).toEqual(expected);
  expect(await tab.evaluate((url) => page.libraryError(url, 9, '왜? 100%\n'), world.url)).toEqual(expected);
});

test('MESH-1 a page reads REST and the headers it needs', async () => {
  expect(await tab.evaluate((url) => page.rest(url), world.url)).toEqual({
    status: 200,
    etag: expect.stringMatching(/^"7/),
  });
});

test('MESH-1 a page from elsewhere reads nothing', async () => {
  await using other = await startLabWorld({ CORS_ORIGINS: 'http://elsewhere.example' });
  const failed = tab.evaluate((url) => page.connectUnary(url, 'x'), other.url);
  await expect(failed).rejects.toThrow('Failed to fetch');
  await expect(tab.evaluate((url) => page.rest(url), other.url)).rejects.toThrow('Failed to fetch');
});

test('MESH-1 the browser complains of nothing but the origin that was refused', () => {
  expect(said.filter((line) => !/CORS policy|ERR_FAILED|Failed to load resource/.test(line))).toEqual([]);
});
