import { readFileSync } from 'node:fs';
import { create, fromBinary, setExtension, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { describe, expect, test } from 'vitest';
import { http } from '#google/api/annotations';
import { HttpRuleSchema } from '#google/api/http';
import { readContract } from '../src/contract/contract.ts';
import { Router } from '../src/routes/router.ts';
import { buildRouteTable } from '../src/routes/routeTable.ts';
import { parseTemplate } from '../src/routes/template.ts';
import { labImage } from '../testing/labImage.ts';

// google/api/http.proto, "Path template syntax". What src/routes holds already is not said again.

/** Template, path, what the variables hold; undefined where the path does not match. */
const matches: [string, string, Record<string, string> | undefined][] = [
  ['/v1/{name}', '/v1/a', { name: 'a' }],
  ['/v1/{name}', '/v1/a/b', undefined],
  ['/v1/{name}', '/v1/', undefined],
  ['/v1/{name}', '/v1', undefined],
  ['/v1/{name}', '/v1/a/', undefined],
  ['/v1/{name}', '//v1/a', undefined],
  ['/v1/{name}', '/V1/a', undefined],
  ['/v1/{name}', '/v2/a', undefined],
  ['/v1/{name=*}', '/v1/a%2Fb', { name: 'a/b' }],
  ['/v1/{name}', '/v1/a%2fb', { name: 'a/b' }],
  ['/v1/{name}', '/v1/%20', { name: ' ' }],
  ['/v1/{name}', '/v1/%25', { name: '%' }],
  ['/v1/{name}', '/v1/%2525', { name: '%25' }],
  ['/v1/{name}', '/v1/+', { name: '+' }],
  ['/v1/{name}', '/v1/a%2Bb', { name: 'a+b' }],
  ['/v1/{name}', '/v1/%F0%9F%98%88', { name: '😈' }],
  ['/v1/{name}', '/v1/%00', { name: '\u0000' }],
  ['/v1/{name}', '/v1/.', { name: '.' }],
  ['/v1/{name}', '/v1/..', { name: '..' }],
  ['/v1/{name}', '/v1/*', { name: '*' }],
  ['/v1/{name}', '/v1/{name}', { name: '{name}' }],
  ['/v1/{name}', '/v1/a;b=c', { name: 'a;b=c' }],
  ['/v1/{name}', '/v1/a:b', { name: 'a:b' }],
  ['/v1/{name}', '/v1/a%3Ab', { name: 'a:b' }],
  ['/v1/{name}:verb', '/v1/a:verb', { name: 'a' }],
  ['/v1/{name}:verb', '/v1/a:b:verb', { name: 'a:b' }],
  ['/v1/{name}:verb', '/v1/a%3Averb', undefined],
  ['/v1/{name}:verb', '/v1/a:Verb', undefined],
  ['/v1/{name}:verb', '/v1/a:verb/', undefined],
  ['/v1/{name}:verb', '/v1/:verb', undefined],
  ['/v1/{name}:verb', '/v1/a:%76erb', { name: 'a' }],
  ['/v1/{name}:verb', '/v1/a:verb:', undefined],
  ['/v1/a:verb', '/v1/a:verb', {}],
  ['/v1/a:verb', '/v1/a', undefined],
  ['/v1/a', '/v1/a:verb', undefined],
  ['/v1/{name=shelves/*}', '/v1/shelves/1', { name: 'shelves/1' }],
  ['/v1/{name=shelves/*}', '/v1/shelves', undefined],
  ['/v1/{name=shelves/*}', '/v1/shelves/1/2', undefined],
  ['/v1/{name=shelves/*}', '/v1/shelves/a%2Fb', { name: 'shelves/a%2Fb' }],
  ['/v1/{name=shelves/*}', '/v1/shelves/a%20b', { name: 'shelves/a b' }],
  ['/v1/{name=shelves/*}', '/v1/shelves/%252F', { name: 'shelves/%2F' }],
  ['/v1/{name=shelves/*}:move', '/v1/shelves/1:move', { name: 'shelves/1' }],
  ['/v1/{name=shelves/*/books/*}', '/v1/shelves/1/books/2', { name: 'shelves/1/books/2' }],
  ['/v1/{name=shelves/*/books/**}', '/v1/shelves/1/books/2/3/4', { name: 'shelves/1/books/2/3/4' }],
  ['/v1/{name=shelves/*/books/**}', '/v1/shelves/1/books', { name: 'shelves/1/books' }],
  ['/v1/{name=**}', '/v1/a/b/c', { name: 'a/b/c' }],
  ['/v1/{name=**}', '/v1', undefined],
  ['/v1/{name=**}', '/v1/a//b', undefined],
  ['/v1/{name=**}', '/v1/a%2F%2Fb', { name: 'a%2F%2Fb' }],
  ['/v1/{name=**}', '/v1/a/b%20c', { name: 'a/b c' }],
  ['/v1/{name=**}:go', '/v1/a/b:go', { name: 'a/b' }],
  ['/v1/{name=**}:go', '/v1/a/b', undefined],
  ['/v1/{name=**}:go', '/v1/a:go/b', undefined],
  ['/v1/{a}/{b}', '/v1/1/2', { a: '1', b: '2' }],
  ['/v1/{a.b}/{a.c.d}', '/v1/1/2', { 'a.b': '1', 'a.c.d': '2' }],
  ['/v1/{a=x/*}/{b=y/**}', '/v1/x/1/y/2/3', { a: 'x/1', b: 'y/2/3' }],
  ['/v1/{a=x/*}/{b=y/*}/z/{c}', '/v1/x/1/y/2/z/3', { a: 'x/1', b: 'y/2', c: '3' }],
  ['/v1/{a=x}/{b}', '/v1/x/1', { a: 'x', b: '1' }],
  ['/v1/{a=x}/{b}', '/v1/y/1', undefined],
  ['/v1/*/x', '/v1/anything/x', {}],
  ['/v1/*/x', '/v1/x', undefined],
  ['/v1/**', '/v1', {}],
  ['/v1/**', '/v1/a/b', {}],
  ['/v1/**', '/v1/a/', undefined],
  ['/**', '/', undefined],
  ['/**', '/a', {}],
  ['/{name}', '/a', { name: 'a' }],
  ['/v1/a%20b/{c}', '/v1/a%20b/1', { c: '1' }],
  ['/v1/a-b_c.d~e', '/v1/a-b_c.d~e', {}],
  ["/v1/a!$&'(),;@+b", "/v1/a!$&'(),;@+b", {}],
];

test.each(matches)('MESH-1 %s and %s', (template, path, expected) => {
  const router = new Router<string>();
  router.add('GET', parseTemplate(template), template);
  const found = router.find('GET', path);
  const captures = found.kind === 'found' ? found.captures : undefined;
  const held = captures?.map(({ variable, value }) => [variable.fieldPath.join('.'), value]);
  expect(held && Object.fromEntries(held)).toEqual(expected);
});

/** Templates that all match the path; the first one has to win, however they are declared. */
const contests: [string, string[]][] = [
  ['/v1/a/b', ['/v1/a/b', '/v1/a/{x}', '/v1/a/{x=**}', '/v1/{x}/b', '/v1/{x}/{y}', '/v1/{x=**}', '/{x=**}']],
  ['/v1/a/b/c', ['/v1/a/*/c', '/v1/a/**', '/v1/*/b/c', '/v1/*/*/*', '/v1/**', '/**']],
  ['/v1/a/b', ['/v1/{x=a/*}', '/v1/{x=*}/b', '/v1/{x=**}']],
  ['/v1/a:go', ['/v1/a:go', '/v1/{x}:go', '/v1/{x=**}:go', '/v1/{x}', '/v1/{x=**}']],
  ['/v1/a/b:go', ['/v1/a/b:go', '/v1/a/{x}:go', '/v1/{x=**}:go', '/v1/a/{x}', '/v1/{x=**}']],
  ['/v1/a%2Fb', ['/v1/a%2Fb', '/v1/{x}', '/v1/{x=**}']],
  ['/v1/a', ['/v1/a', '/v1/a/**', '/v1/{x}', '/v1/{x}/**', '/v1/**']],
];

describe.each(contests)('MESH-1 %s', (path, templates) => {
  const orders = templates.flatMap((_, turn) => {
    const turned = [...templates.slice(turn), ...templates.slice(0, turn)];
    return [turned, [...turned].reverse()];
  });

  test.each(orders.map((order) => [order.join('  ')]))('declared as %s', (order) => {
    const router = new Router<string>();
    for (const template of order.split('  ')) router.add('GET', parseTemplate(template), template);
    expect(router.find('GET', path)).toMatchObject({ kind: 'found', target: templates[0] });
  });

  test('without the winner the next one does', () => {
    for (let from = 0; from < templates.length; from++) {
      const router = new Router<string>();
      for (const template of templates.slice(from).reverse()) router.add('GET', parseTemplate(template), template);
      expect(router.find('GET', path)).toMatchObject({ target: templates[from] });
    }
  });

  test('with the winner for another method only, the next one does', () => {
    const router = new Router<string>();
    for (const [index, template] of templates.entries()) {
      router.add(index === 0 ? 'POST' : 'GET', parseTemplate(template), template);
    }
    expect(router.find('GET', path)).toMatchObject({ target: templates[1] });
    expect(router.find('POST', path)).toMatchObject({ target: templates[0] });
  });
});

/** A rule that is wrong, and what the start says of it besides file, method and template. */
const wrong: [object, string][] = [
  [{ pattern: { case: 'get', value: '' } }, 'must begin with "/"'],
  [{ pattern: { case: 'put', value: '/v1/{code' } }, '"/v1/{code" does not close'],
  [{ pattern: { case: 'post', value: '/v1//x' } }, '"/v1//x" has an empty segment'],
  [{ pattern: { case: 'delete', value: '/v1/{a=**}/x' } }, 'has segments after "**"'],
  [{ pattern: { case: 'patch', value: '/v1/{a={b}}' } }, 'has a variable inside a variable'],
  [{ pattern: { case: 'get', value: '/v1/{code}/{code}' } }, 'binds code twice'],
  [{ pattern: { case: 'get', value: '/v1/x:' } }, 'has an empty verb'],
  [{ pattern: { case: 'get', value: '/v1/{message.text}' } }, 'the path binds message.text'],
  [{ pattern: { case: 'custom', value: { kind: 'X', path: 'v1' } } }, 'must begin with "/"'],
  [{ pattern: { case: 'post', value: '/v1/x' }, body: 'code.x' }, 'the body is code.x'],
  [{ pattern: { case: 'post', value: '/v1/x' }, responseBody: 'text.x' }, 'the response_body is text.x'],
  [
    {
      pattern: { case: 'get', value: '/v1/x' },
      additionalBindings: [{ pattern: { case: 'get', value: '/v1/{nothing}' } }],
    },
    'nothing',
  ],
  [
    {
      pattern: { case: 'get', value: '/v1/x' },
      additionalBindings: [
        {
          pattern: { case: 'get', value: '/v1/y' },
          additionalBindings: [{ pattern: { case: 'get', value: '/v1/z' } }],
        },
      ],
    },
    'has additional bindings of its own',
  ],
];

test.each(wrong)('MESH-1 the rule %j ends the start', (rule, reason) => {
  using lab = labImage();
  const files = fromBinary(FileDescriptorSetSchema, readFileSync(lab.path));
  const methods = files.file.flatMap(({ service }) => service.flatMap((each) => each.method));
  const options = methods.find(({ name }) => name === 'Fail')?.options;
  if (!options) throw new Error('the lab has no Fail');
  setExtension(options, http, create(HttpRuleSchema, rule as never));
  const { services } = readContract(toBinary(FileDescriptorSetSchema, files));
  expect(() => buildRouteTable(services, 'all')).toThrow(/^lab\.proto, lab\.v1\.Lab\.Fail: /);
  expect(() => buildRouteTable(services, 'all')).toThrow(reason);
});
