import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask2, openSession } from '../../testing/http2Client.ts';
import { type LabWorld, startLabWorld } from '../../testing/labWorld.ts';
import { conditionFor, heldTag } from '../edge/entityTag.ts';
import { ownEtag, shownTag, versionTag } from './etag.ts';

let world: LabWorld;
beforeAll(async () => {
  world = await startLabWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(world.url + path, { method, headers });
const etagOf = async (path: string, headers: Record<string, string> = {}) =>
  (await ask(path, headers)).headers.get('etag') ?? '';

describe('MESH-1 the tag of what is shown', () => {
  test.each([
    [{ etag: '7' }, '7'],
    [{ etag: '"7"' }, '"7"'],
    [{ etag: 'W/"7"' }, 'W/"7"'],
    [{ etag: '' }, undefined],
    [{ etag: 7 }, undefined],
    [{ etag: 'with space' }, undefined],
    [['7'], undefined],
    [null, undefined],
    ['7', undefined],
  ])('of %j: %s', (json, own) => {
    expect(ownEtag(json)).toBe(own);
  });

  test('is the version and a mark of the representation', () => {
    expect(shownTag('7', 'x')).toMatch(/^"7~[\w-]{8}"$/);
    expect(shownTag('"7"', 'x')).toBe(shownTag('7', 'x'));
    expect(shownTag('W/"7"', 'x')).toMatch(/^W\/"7~[\w-]{8}"$/);
    expect(shownTag(undefined, 'x')).toMatch(/^W\/"~[\w-]{8}"$/);
    expect(shownTag('7', 'x'.repeat(2_000_000))).toBeUndefined();
    expect(versionTag('7')).toBe('"7"');
  });

  test('differs where the same version looks different, and with the version', async () => {
    const [one, other, next] = [
      await etagOf('/v1/echo?etag=7&count=1'),
      await etagOf('/v1/echo?etag=7&count=2'),
      await etagOf('/v1/echo?etag=8&count=1'),
    ];
    expect(one).toMatch(/^"7~/);
    expect(new Set([one, other, next]).size).toBe(3);
    expect(await etagOf('/v1/echo?etag=7&count=1')).toBe(one);
  });

  test('is the version alone where the answer tells of a change', async () => {
    const response = await fetch(`${world.url}/v1/echo`, {
      method: 'POST',
      body: '{"etag":"7"}',
      headers: { 'content-type': 'application/json' },
    });
    expect([response.headers.get('etag'), response.headers.get('cache-control')]).toEqual(['"7"', 'no-store']);
  });
});

describe('MESH-1 If-None-Match', () => {
  test('nothing has changed: 304 without a body, with the tag and how long it may be kept', async () => {
    const etag = await etagOf('/v1/echo?etag=7');
    for (const method of ['GET', 'HEAD']) {
      const answer = await ask('/v1/echo?etag=7', { 'if-none-match': etag }, method);
      expect([answer.status, await answer.text()]).toEqual([304, '']);
      expect(answer.headers.get('etag')).toBe(etag);
      expect(answer.headers.get('cache-control')).toBe('private, no-cache');
      expect(answer.headers.get('content-type')).toBeNull();
      expect(answer.headers.get('x-request-id')).not.toBeNull();
    }
  });

  test.each([
    ['"7"', 200],
    ['"6~aaaaaaaa"', 200],
    ['W/"7"', 200],
    ['*', 304],
    ['"x", "y"', 200],
    ['', 200],
    ['nonsense', 200],
  ])('%s is %i', async (held, status) => {
    expect((await ask('/v1/echo?etag=7', { 'if-none-match': held })).status).toBe(status);
  });

  test('a list, a weak form, another coding of the same', async () => {
    const etag = await etagOf('/v1/echo?etag=7');
    for (const held of [`"a", ${etag} ,"b"`, `W/${etag}`, etag.replace(/"$/, '~br"')]) {
      expect((await ask('/v1/echo?etag=7', { 'if-none-match': held })).status).toBe(304);
    }
  });

  test('answers without a version of their own have a weak tag', async () => {
    const etag = await etagOf('/v1/echo?text=a');
    expect(etag).toMatch(/^W\/"~/);
    expect((await ask('/v1/echo?text=a', { 'if-none-match': etag })).status).toBe(304);
    expect((await ask('/v1/echo?text=b', { 'if-none-match': etag })).status).toBe(200);
  });

  test('a packed answer has a tag of its own, that is good for the same', async () => {
    const path = `/v1/echo?etag=7&text=${'a'.repeat(2_000)}`;
    const packed = await etagOf(path, { 'accept-encoding': 'br' });
    const plain = await etagOf(path, { 'accept-encoding': 'identity' });
    expect(packed).toBe(plain.replace(/"$/, '~br"'));
    const answer = await ask(path, { 'accept-encoding': 'br', 'if-none-match': packed });
    expect([answer.status, answer.headers.get('etag'), answer.headers.get('vary')]).toEqual([
      304,
      packed,
      'Accept-Encoding',
    ]);
  });

  test('errors, streams and changes are never 304', async () => {
    expect((await ask('/v1/nothing', { 'if-none-match': '*' })).status).toBe(404);
    expect((await ask('/v1/fail?code=5', { 'if-none-match': '*' })).status).toBe(404);
    const stream = await ask('/v1/counts?to=2', { 'if-none-match': '*' });
    expect([stream.status, stream.headers.get('etag')]).toEqual([200, null]);
    const post = await fetch(`${world.url}/v1/echo`, { method: 'POST', headers: { 'if-none-match': '*' } });
    expect(post.status).toBe(200);
  });

  test('over HTTP/2, too', async () => {
    await using session = await openSession(world.url);
    const etag = await etagOf('/v1/echo?etag=7');
    const answer = await ask2(session, { ':path': '/v1/echo?etag=7', 'if-none-match': etag });
    expect([answer.status, answer.text, answer.headers.etag]).toEqual([304, '', etag]);
  });

  test('a tag of the service itself, compared as it is', () => {
    expect(heldTag('"abc"', '"abc"')).toBe('"abc"');
    expect(heldTag('W/"abc"', '"abc"')).toBe('"abc"');
    expect(heldTag('"abc"', 'W/"abc"')).toBe('W/"abc"');
    expect(heldTag('"abc, def"', '"abc"')).toBeUndefined();
    expect(heldTag('"a,b"', '"a,b"')).toBe('"a,b"');
  });
});

describe('MESH-1 If-Match', () => {
  test.each([
    ['"7"', '"7"'],
    ['"7~k3fj2mQa"', '"7"'],
    ['"7~k3fj2mQa~br"', '"7"'],
    ['"7~gzip"', '"7"'],
    ['7', '7'],
    ['7~k3fj2mQa', '7'],
    ['*', '*'],
    [' "7" , "8~k3fj2mQa" ', '"7", "8"'],
    ['W/"6", "7"', '"7"'],
    ['"7", "7~k3fj2mQa"', '"7"'],
    ['"a~b"', '"a~b"'],
    ['"v1.2-3"', '"v1.2-3"'],
  ])('%s reaches the service as %s', async (sent, expected) => {
    expect(conditionFor(sent)).toBe(expected);
    const { entries } = (await (await ask('/v1/metadata', { 'if-match': sent })).json()) as { entries: object };
    expect(entries).toMatchObject({ 'if-match': expected });
  });

  test.each(['W/"7"', 'W/"7~k3fj2mQa"', 'W/"6", W/"7"'])('%s names no version: it never matches', async (sent) => {
    const answer = await ask('/v1/metadata', { 'if-match': sent });
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ code: 10, details: [{ reason: 'ETAG_MISMATCH' }] });
  });

  test('what was shown is what a change may be decided on', async () => {
    const etag = await etagOf('/v1/echo?etag=7&text=a');
    expect(conditionFor(etag)).toBe('"7"');
  });
});
