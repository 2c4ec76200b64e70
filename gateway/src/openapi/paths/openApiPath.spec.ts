import { describe, expect, test } from 'vitest';
import type { Binding } from '../../routes/binding.ts';
import type { FieldPath } from '../../routes/fieldPath.ts';
import { parseTemplate } from '../../routes/template.ts';
import { pathTable } from './pathTable.ts';

/** A binding as far as paths are concerned. */
function binding(rule: string): Binding {
  const [httpMethod = '', route = ''] = rule.split(' ');
  const template = parseTemplate(route);
  const camel = (name: string) => name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const pathFields = template.variables.map(
    ({ fieldPath }) => fieldPath.map((name) => ({ name, jsonName: camel(name) })) as unknown as FieldPath,
  );
  return { httpMethod, route, template, pathFields } as unknown as Binding;
}

const table = (...rules: string[]) => pathTable(rules.map(binding));
const pathsOf = (...rules: string[]) => table(...rules).placed.map(({ member, path }) => `${member} ${path}`);

describe('MESH-1 paths', () => {
  test.each([
    ['/v1/things', '/v1/things'],
    ['/v1/things/{thing}', '/v1/things/{thing}'],
    ['/v1/things/{thing_id}', '/v1/things/{thingId}'],
    ['/v1/things/{thing.own_id}', '/v1/things/{thing.ownId}'],
    ['/v1/things/{thing}:stop', '/v1/things/{thing}:stop'],
    ['/v1/things:batch', '/v1/things:batch'],
    ['/v1/{thing=*}', '/v1/{thing}'],
    ['/v1/{name=things/*}', '/v1/things/{thingsId}'],
    ['/v1/{name=shelves/*/books/*}', '/v1/shelves/{shelvesId}/books/{booksId}'],
    ['/v1/{name=shelves/*/books/**}', '/v1/shelves/{shelvesId}/books/{booksPath}'],
    ['/v1/{name=shelves/*/books/**}:read', '/v1/shelves/{shelvesId}/books/{booksPath}:read'],
    ['/v1/{name=**}', '/v1/{name}'],
    ['/v1/{name=files/**}', '/v1/files/{filesPath}'],
    ['/v1/{name=*/parts/*}', '/v1/{v1Id}/parts/{partsId}'],
    ['/{name=*/parts/*}', '/{name}/parts/{partsId}'],
    ['/{name=*/*}', '/{name}/{name2}'],
    ['/v1/{parent=a/*}/{name=a/*}', '/v1/a/{aId}/a/{aId2}'],
    ['/v1/{name=fixed/part}', '/v1/fixed/part'],
    ['/v1/*/any/**', '/v1/{v1Id}/any/{anyPath}'],
    ['/**', '/{segment}'],
    ['/v1/sp%20ce', '/v1/sp%20ce'],
    ['/v1/a%3Ab', '/v1/a%3Ab'],
    ['/v1/한', '/v1/%ED%95%9C'],
    ['/v1/~me.-_', '/v1/~me.-_'],
  ])('%s is %s', (template, path) => {
    expect(pathsOf(`GET ${template}`)).toEqual([`get ${path}`]);
  });

  test.each([
    [
      ['GET /v1/a/{x}', 'DELETE /v1/a/{y}'],
      ['get /v1/a/{x}', 'delete /v1/a/{x}'],
    ],
    [
      ['GET /v1/a/{x}', 'PATCH /v1/{name=a/*}'],
      ['get /v1/a/{x}', 'patch /v1/a/{x}'],
    ],
    [
      ['GET /v1/a/{x}', 'GET /v1/a/{x}:stop'],
      ['get /v1/a/{x}', 'get /v1/a/{x}:stop'],
    ],
    [
      ['GET /v1/a/{x}', 'GET /v1/a/{rest=**}'],
      ['get /v1/a/{x}', 'get /v1/a/{rest}/{rest2}'],
    ],
    [
      ['GET /v1/a/{x}', 'GET /v1/a/{x}/{y}', 'GET /v1/{name=a/**}'],
      ['get /v1/a/{x}', 'get /v1/a/{x}/{y}', 'get /v1/a/{aPath}/{aPath2}/{aPath3}'],
    ],
    [
      ['POST /v1/a/{x}', 'GET /v1/a/{rest=**}'],
      ['post /v1/a/{x}', 'get /v1/a/{x}'],
    ],
    [
      ['GET /v1/{a}/{b}', 'PUT /v1/{b}/{a}'],
      ['get /v1/{a}/{b}', 'put /v1/{a}/{b}'],
    ],
    [
      ['HEAD /v1/a', 'OPTIONS /v1/a', 'TRACE /v1/a'],
      ['head /v1/a', 'options /v1/a', 'trace /v1/a'],
    ],
  ])('%j are %j', (rules, paths) => {
    expect(pathsOf(...rules)).toEqual(paths);
  });

  test('a path that is shared has its first owner’s names, and every operation knows which field each is of', () => {
    const [, second] = table('GET /v1/{a}/{b}', 'PUT /v1/{b}/{a}').placed;
    const named = second?.parameters.map(({ name, variable }) => [
      name,
      second.binding.pathFields[variable ?? -1]?.[0]?.name,
    ]);
    expect(named).toEqual([
      ['a', 'b'],
      ['b', 'a'],
    ]);
  });

  test('what OpenAPI has no HTTP method for is kept apart', () => {
    const { placed, unsaid } = table('REPORT /v1/a', '* /v1/b', 'get /v1/c', 'GET /v1/a');
    expect(placed).toHaveLength(1);
    expect(unsaid.map(({ httpMethod, route }) => `${httpMethod} ${route}`)).toEqual([
      'REPORT /v1/a',
      '* /v1/b',
      'get /v1/c',
    ]);
  });
});
