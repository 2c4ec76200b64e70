import { describe, expect, test } from 'vitest';
import { Router } from './router.ts';
import { parseTemplate } from './template.ts';

/** Declared from the least specific to the most, so that order cannot be what decides. */
const templates = [
  'GET /v1/{all=**}',
  'GET /v1/files/{rest=**}',
  'GET /v1/files/{rest=**}:stat',
  'GET /v1/{kind}/{id}',
  'GET /v1/{name=shelves/*/books/*}',
  'GET /v1/lines/{line}',
  'PATCH /v1/lines/{line}',
  'POST /v1/lines/{line}:suspend',
  'POST /v1/lines:batch',
  'GET /v1/lines/special',
  'GET /v2/a/b',
  'POST /v2/a/{x}',
  'DELETE /v2/{y=a/*}',
  'REPORT /v2/a',
  '* /v3/any',
  'GET /v4/tail/**',
  'GET /v4/{empty=**}',
  'GET /v4/sp ce'.replace(' ce', '%20ce'),
];

const router = new Router<string>();
for (const each of templates) {
  const [method = '', path = ''] = each.split(' ');
  router.add(method, parseTemplate(path), each);
}

describe('finding a route', () => {
  test.each([
    ['GET /v1/lines/7', 'GET /v1/lines/{line}', { line: '7' }],
    ['HEAD /v1/lines/7', 'GET /v1/lines/{line}', { line: '7' }],
    ['PATCH /v1/lines/7', 'PATCH /v1/lines/{line}', { line: '7' }],
    ['GET /v1/lines/special', 'GET /v1/lines/special', {}],
    ['PATCH /v1/lines/special', 'PATCH /v1/lines/{line}', { line: 'special' }],
    ['POST /v1/lines/7:suspend', 'POST /v1/lines/{line}:suspend', { line: '7' }],
    ['POST /v1/lines:batch', 'POST /v1/lines:batch', {}],
    ['POST /v1/lines/a%3Ab:suspend', 'POST /v1/lines/{line}:suspend', { line: 'a:b' }],
    ['GET /v1/lines/a:b', 'GET /v1/lines/{line}', { line: 'a:b' }],
    ['GET /v1/lines/a%2Fb', 'GET /v1/lines/{line}', { line: 'a/b' }],
    ['GET /v1/lines/%ED%95%9C', 'GET /v1/lines/{line}', { line: '한' }],
    ['GET /v1/lines/a+b', 'GET /v1/lines/{line}', { line: 'a+b' }],
    ['GET /v1/%6Cines/7', 'GET /v1/lines/{line}', { line: '7' }],
    ['GET /v1/other/7', 'GET /v1/{kind}/{id}', { kind: 'other', id: '7' }],
    ['GET /v1/shelves/1/books/2', 'GET /v1/{name=shelves/*/books/*}', { name: 'shelves/1/books/2' }],
    ['GET /v1/shelves/a%20b/books/c%2Fd', 'GET /v1/{name=shelves/*/books/*}', { name: 'shelves/a b/books/c%2Fd' }],
    ['GET /v1/files/a', 'GET /v1/files/{rest=**}', { rest: 'a' }],
    ['GET /v1/files/a/b/c', 'GET /v1/files/{rest=**}', { rest: 'a/b/c' }],
    ['GET /v1/files/a/b:stat', 'GET /v1/files/{rest=**}:stat', { rest: 'a/b' }],
    ['GET /v1/files/a%2fb%3F/c', 'GET /v1/files/{rest=**}', { rest: 'a%2fb?/c' }],
    ['GET /v1/a/b/c', 'GET /v1/{all=**}', { all: 'a/b/c' }],
    ['GET /v2/a/b', 'GET /v2/a/b', {}],
    ['POST /v2/a/b', 'POST /v2/a/{x}', { x: 'b' }],
    ['DELETE /v2/a/b', 'DELETE /v2/{y=a/*}', { y: 'a/b' }],
    ['REPORT /v2/a', 'REPORT /v2/a', {}],
    ['PUT /v3/any', '* /v3/any', {}],
    ['GET /v4/tail', 'GET /v4/tail/**', {}],
    ['GET /v4/tail/x/y', 'GET /v4/tail/**', {}],
    ['GET /v4/sp%20ce', 'GET /v4/sp%20ce', {}],
  ])('%s', (request, route, captures) => {
    const [method = '', path = ''] = request.split(' ');
    const found = router.find(method, path);
    expect(found).toMatchObject({ kind: 'found', target: route });
    if (found.kind !== 'found') return;
    const named = found.captures.map(({ variable, value }) => [variable.fieldPath.join('.'), value]);
    expect(Object.fromEntries(named)).toEqual(captures);
  });

  test.each([
    ['GET /nothing', 'none'],
    ['GET /v2', 'none'],
    ['GET /v2/a/b/c', 'none'],
    ['GET /v1/lines/', 'none'],
    ['GET /v1//7', 'none'],
    ['GET /v1/files//a', 'none'],
    ['GET /v1/files/a/', 'none'],
    ['GET /v1/lines/:suspend', 'none'],
    ['GET /v4', 'none'],
    ['GET /v2/%zz/b', 'malformed'],
    ['GET /v1/lines/%E0%A4%A', 'malformed'],
    ['GET *', 'none'],
  ])('%s leads nowhere', (request, kind) => {
    const [method = '', path = ''] = request.split(' ');
    expect(router.find(method, path).kind).toBe(kind);
  });

  test('a path that other methods serve names them', () => {
    expect(router.find('PUT', '/v2/a/b')).toEqual({ kind: 'otherMethod', allowed: ['DELETE', 'GET', 'POST'] });
  });

  test('a second target for the same method and shape is told and left out', () => {
    expect(router.add('GET', parseTemplate('/v1/lines/{other}'), 'late')).toBe('GET /v1/lines/{line}');
    expect(router.find('GET', '/v1/lines/7')).toMatchObject({ target: 'GET /v1/lines/{line}' });
  });
});
