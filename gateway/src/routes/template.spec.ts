import { describe, expect, test } from 'vitest';
import { parseTemplate } from './template.ts';

describe('path templates', () => {
  test.each([
    ['/v1/lines', 2, '', []],
    ['/v1/lines/{line}', 3, '', [['line', 2, 3, false]]],
    ['/v1/lines/{line}:suspend', 3, 'suspend', [['line', 2, 3, false]]],
    ['/v1/lines/{line.id}', 3, '', [['line.id', 2, 3, false]]],
    ['/v1/{name=shelves/*}', 3, '', [['name', 1, 3, true]]],
    ['/v1/{name=shelves/*/books/**}', 5, '', [['name', 1, 5, true]]],
    [
      '/v1/{a=*}/{b=**}',
      3,
      '',
      [
        ['a', 1, 2, false],
        ['b', 2, 3, true],
      ],
    ],
    ['/v1/*/x/**', 4, '', []],
    ['/**', 1, '', []],
    ['/v1:batch', 1, 'batch', []],
    ['/v1/a%20b', 2, '', []],
    ['/v1/~me.-_', 2, '', []],
  ] as const)('%s', (source, segments, verb, variables) => {
    const template = parseTemplate(source);
    expect(template.segments).toHaveLength(segments);
    expect(template.verb).toBe(verb);
    expect(template.variables.map((each) => [each.fieldPath.join('.'), each.from, each.to, each.multi])).toEqual(
      variables,
    );
  });

  test.each([
    ['', 'must begin with "/"'],
    ['v1/lines', 'must begin with "/"'],
    ['/', 'empty segment'],
    ['/v1//lines', 'empty segment'],
    ['/v1/lines/', 'empty segment'],
    ['/v1/{line', 'does not close'],
    ['/v1/{}', 'proper field path'],
    ['/v1/{a..b}', 'proper field path'],
    ['/v1/{1a}', 'proper field path'],
    ['/v1/{a={b}}', 'variable inside a variable'],
    ['/v1/{a=}', 'empty segment'],
    ['/v1/{a}/{a}', 'binds a twice'],
    ['/v1/**/x', 'after "**"'],
    ['/v1/{a=**}/x', 'after "**"'],
    ['/v1/***', 'unexpected "*"'],
    ['/v1/a*b', 'unexpected "*"'],
    ['/v1/{a}b', 'unexpected "b"'],
    ['/v1/a:', 'empty verb'],
    ['/v1/a:b:c', 'unexpected ":"'],
    ['/v1/a:b/c', 'unexpected "/"'],
    ['/v1/a b', 'unexpected " "'],
    ['/v1/a?x=1', 'unexpected "?"'],
    ['/v1/%zz', 'broken percent-encoding'],
  ])('%s is refused', (source, reason) => {
    expect(() => parseTemplate(source)).toThrow(reason);
  });
});
