import { readFileSync } from 'node:fs';
import { create, fromBinary, setExtension, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { describe, expect, test } from 'vitest';
import { http } from '#google/api/annotations';
import { HttpRuleSchema } from '#google/api/http';
import { readConfig } from '../../config.ts';
import { labImage } from '../../testing/labImage.ts';
import { loadContract, readContract } from '../contract/contract.ts';
import { bindingsOf } from './binding.ts';
import { buildRouteTable } from './routeTable.ts';

describe('the contract of the mesh', () => {
  const { services } = loadContract(readConfig({ UPSTREAMS: 'a:1' }).descriptors);
  const table = buildRouteTable(services, 'annotated');

  test('MESH-1 every HTTP rule has a route of its own', () => {
    expect(table.shadowed).toEqual([]);
    const bindings = services.flatMap(({ methods }) => methods.flatMap(bindingsOf));
    expect(bindings.length).toBeGreaterThan(40);
    for (const { httpMethod, route, grpcPath } of bindings) {
      const found = table.rest.find(httpMethod, route.replace(/\{[^}]*\}/g, 'x'));
      expect(found.kind === 'found' && found.target.grpcPath, route).toBe(grpcPath);
    }
  });

  test('methods for other services only are out of reach, unless all are exposed', () => {
    const inner = '/jangbu.rating.v1.RatingAccountService/CheckAccountUse';
    expect(table.grpc.has(inner)).toBe(false);
    expect(table.grpc.has('/jangbu.ordering.v1.LineService/GetLine')).toBe(true);
    expect(buildRouteTable(services, 'all').grpc.has(inner)).toBe(true);
  });
});

describe('a wrong rule ends the start, named', () => {
  test.each([
    [{ pattern: { case: 'get', value: '/v1/{nothing}' } }, 'the path binds nothing, which lab.v1.FailRequest has not'],
    [{ pattern: { case: 'get', value: '/v1/{code' } }, 'the path template "/v1/{code" does not close'],
    [{ pattern: { case: 'get', value: 'v1' } }, 'must begin with "/"'],
    [{ pattern: { case: 'post', value: '/v1' }, body: 'nothing' }, 'the body is nothing'],
    [{ pattern: { case: 'get', value: '/v1' }, responseBody: 'nothing' }, 'the response_body is nothing'],
  ] as const)('%j', (rule, reason) => {
    using lab = labImage();
    const files = fromBinary(FileDescriptorSetSchema, readFileSync(lab.path));
    const method = files.file
      .flatMap(({ service }) => service.flatMap((each) => each.method))
      .find(({ name }) => name === 'Fail');
    if (!method?.options) throw new Error('lab.proto has no Fail');
    setExtension(method.options, http, create(HttpRuleSchema, rule));
    const { services } = readContract(toBinary(FileDescriptorSetSchema, files));
    expect(() => buildRouteTable(services, 'all')).toThrow(`lab.proto, lab.v1.Lab.Fail: `);
    expect(() => buildRouteTable(services, 'all')).toThrow(reason);
  });

  test('a file that is no image', () => {
    expect(() => readContract(Buffer.from('hello'))).toThrow('is not a FileDescriptorSet');
    expect(() => loadContract('nowhere.binpb')).toThrow('nowhere.binpb cannot be read');
  });
});
