import { readFileSync } from 'node:fs';
import { createFileRegistry, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { createValidator } from '@bufbuild/protovalidate';
import { Validator } from '@seriousme/openapi-schema-validator';
import { beforeAll, describe, expect, test } from 'vitest';
import { labImage } from '../../testing/labImage.ts';
import { type Contract, readContract } from '../contract/contract.ts';
import type { Binding } from '../routes/binding.ts';
import { buildRouteTable, type RouteTable } from '../routes/routeTable.ts';
import { parseQuery } from '../transcode/query.ts';
import { bytesMessage, requestFromJson, takesBytes } from '../transcode/requestMessage.ts';
import { openApiDocument } from './document.ts';
import type { Schema } from './schema.ts';
import { compileGoogle } from './testing/compile.ts';
import { exampleRequest } from './testing/exampleRequest.ts';
import { type Operation, operationsOf, referencesOf, resolve, unusedComponents } from './testing/reading.ts';
import { SchemaChecks } from './testing/schemaChecks.ts';

interface Subject {
  contract: Contract;
  routes: RouteTable;
  document: Schema;
  operations: Operation[];
}

async function subjectOf(image: Uint8Array): Promise<Subject> {
  const contract = readContract(image);
  const routes = buildRouteTable(contract.services, 'all');
  const document = await openApiDocument({ registry: contract.registry, bindings: routes.bindings });
  // As a reader gets it.
  const read = JSON.parse(JSON.stringify(document)) as Schema;
  return { contract, routes, document: read, operations: operationsOf(read) };
}

function readLabImage(): Uint8Array {
  using image = labImage();
  return readFileSync(image.path);
}

/** What a foreign image often is: without comments. */
function withoutSourceInfo(image: Uint8Array): Uint8Array {
  const set = fromBinary(FileDescriptorSetSchema, image);
  for (const file of set.file) file.sourceCodeInfo = undefined;
  return toBinary(FileDescriptorSetSchema, set);
}

const ownImage = () => readFileSync(new URL('../../../proto/gen/image.binpb', import.meta.url));

describe.each([
  ['the lab', readLabImage],
  ['the whole mesh', ownImage],
  ['Google’s Pub/Sub, Spanner and Tasks', () => compileGoogle('pubsub', 'spanner', 'cloud/tasks')],
  ['the lab without source info', () => withoutSourceInfo(readLabImage())],
  ['the mesh without source info', () => withoutSourceInfo(ownImage())],
])('MESH-1 the document of %s', (_, image) => {
  let subject: Subject;

  beforeAll(async () => {
    subject = await subjectOf(image());
  });

  test('MESH-1 is OpenAPI 3.1', async () => {
    const result = await new Validator().validate(structuredClone(subject.document));
    expect(result.errors).toBeUndefined();
    expect(result.valid).toBe(true);
    expect(subject.document.openapi).toMatch(/^3\.1\./);
  });

  test('MESH-1 has an operation for every binding that OpenAPI has an HTTP method for, and names the others', () => {
    const { routes, operations, document } = subject;
    const others = (document['x-other-bindings'] ?? []) as unknown[];
    expect(operations.length + others.length).toBe(routes.bindings.length);
    expect(operations.length).toBeGreaterThan(40);
  });

  test('MESH-1 every reference leads somewhere, every component is used, every operation has an id of its own', () => {
    const { document, operations } = subject;
    expect(referencesOf(document).filter((reference) => resolve(document, reference) === undefined)).toEqual([]);
    expect(unusedComponents(document)).toEqual([]);
    expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
    const shapes = Object.keys(document.paths as Schema).map((path) => path.replaceAll(/\{[^}]*\}/g, '{}'));
    expect(new Set(shapes).size).toBe(shapes.length);
  });

  test('MESH-1 the parameters in a path are those that the operation declares, each of any kind once', () => {
    for (const { id, path, parameters } of subject.operations) {
      const inPath = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name);
      const declared = parameters.filter((each) => each.in === 'path').map(({ name }) => name);
      expect([id, declared]).toEqual([id, inPath]);
      const all = parameters.map((each) => `${each.in} ${each.name.toLowerCase()}`);
      expect([id, new Set(all).size]).toEqual([id, all.length]);
    }
  });

  test('MESH-1 every example leads to the very method it is for, and protovalidate finds nothing wrong with it', () => {
    const { registry } = subject.contract;
    const validator = createValidator({ registry });
    for (const operation of subject.operations) {
      const { target, method, body } = exampleRequest(operation);
      const [path = '', query = ''] = target.split('?');
      const found = subject.routes.rest.find(method, path);
      expect([operation.id, found.kind]).toEqual([operation.id, 'found']);
      if (found.kind !== 'found') continue;
      const binding: Binding = found.target;
      expect(binding.grpcPath.slice(1)).toBe(operation.raw['x-grpc-method']);
      if (takesBytes(binding)) {
        bytesMessage(binding, 'text/plain', Buffer.from(body ?? ''));
        continue;
      }
      const address = { binding, captures: found.captures, parameters: parseQuery(query) };
      const line = Buffer.from((body ?? '').trim());
      const message = requestFromJson(address, line, { registry, unknownQuery: 'refuse', jsonDepth: 100 });
      const result = validator.validate(binding.method.input, message);
      expect([operation.id, result.violations?.map(String) ?? []]).toEqual([operation.id, []]);
    }
  });

  test('MESH-1 every example fits its own schema', () => {
    const checks = new SchemaChecks(subject.document);
    for (const { id, pointer, body, parameters, raw } of subject.operations) {
      const content = body?.['application/json'];
      if (content?.example !== undefined) {
        const faults = checks.faults(`${pointer}/requestBody/content/application~1json/schema`, content.example);
        expect([id, faults]).toEqual([id, []]);
      }
      for (const [index, parameter] of (raw.parameters as typeof parameters).entries()) {
        if (parameter.example === undefined) continue;
        const faults = checks.faults(`${pointer}/parameters/${index}/schema`, parameter.example);
        expect([id, parameter.name, faults]).toEqual([id, parameter.name, []]);
      }
    }
    const { responses } = subject.document.components as { responses: Record<string, Schema> };
    for (const [name, response] of Object.entries(responses)) {
      const pointer = `/components/responses/${name}/content/application~1json/schema`;
      const { example } = (response.content as Record<string, { example: unknown }>)['application/json'] ?? {};
      expect([name, checks.faults(pointer, example)]).toEqual([name, []]);
    }
  });

  test('MESH-1 is the same whenever it is made', async () => {
    const { registry } = subject.contract;
    const again = await openApiDocument({ registry, bindings: subject.routes.bindings });
    expect(JSON.stringify(again)).toBe(JSON.stringify(subject.document));
  });
});

describe('MESH-1 what the document says of the mesh', () => {
  let subject: Subject;
  const operation = (id: string) => {
    const found = subject.operations.find((each) => each.id === id);
    if (!found) throw new Error(`there is no ${id}`);
    return found;
  };
  const headers = (id: string) =>
    operation(id)
      .parameters.filter((each) => each.in === 'header')
      .map(({ name }) => name);

  beforeAll(async () => {
    subject = await subjectOf(ownImage());
  });

  test('comments are summaries and descriptions, services are tags', () => {
    const { raw } = operation('LineService_SuspendLine');
    expect(raw).toMatchObject({
      summary: 'Takes an active line out of service for a while',
      tags: ['LineService'],
      'x-grpc-method': 'jangbu.ordering.v1.LineService/SuspendLine',
      'x-jangbu-roles': ['operator', 'customer'],
    });
    expect(operation('PaymentService_ReceivePaymentWebhook').raw['x-jangbu-roles']).toEqual(['anonymous']);
    expect(raw.description).toContain('May be called as operator or customer.');
    expect(subject.document.tags).toContainEqual({
      name: 'LineService',
      description: 'Lines and the orders that change them.',
      'x-grpc-service': 'jangbu.ordering.v1.LineService',
    });
  });

  test.each([
    ['LineService_CreateLine', ['Idempotency-Key', 'X-Request-Id', 'X-Server-Timeout']],
    ['LineService_SuspendLine', ['Idempotency-Key', 'If-Match', 'X-Request-Id', 'X-Server-Timeout']],
    ['LineService_GetLine', ['If-None-Match', 'X-Request-Id', 'X-Server-Timeout']],
    ['TariffService_Quote', ['X-Request-Id', 'X-Server-Timeout']],
    ['MypageService_WatchMypage', ['X-Request-Id', 'X-Server-Timeout']],
  ])('%s takes the headers %j', (id, expected) => {
    expect(headers(id)).toEqual(expected);
  });

  test('who must sign in', () => {
    expect(operation('LineService_GetLine').raw.security).toEqual([{ bearer: [] }]);
    expect(operation('PaymentService_ReceivePaymentWebhook').raw.security).toEqual([]);
  });

  test('methods for other services only are not in it', () => {
    const served = subject.operations.map(({ raw }) => String(raw['x-grpc-method']));
    expect(served.filter((name) => /BalanceService|RatingAccountService|EventLogService/.test(name))).toEqual([]);
  });

  test('every reason of the catalogue is listed with the status that it is answered with', () => {
    const { responses } = subject.document.components as { responses: Record<string, Schema> };
    const reasonsOf = (name: string) => responses[name]?.['x-reasons'] as string[];
    expect(reasonsOf('NotFound')).toEqual(expect.arrayContaining(['ROUTE_NOT_FOUND', 'LINE_NOT_FOUND']));
    expect(reasonsOf('Conflict')).toEqual(['IDEMPOTENCY_KEY_REUSED', 'ETAG_MISMATCH', 'ID_TAKEN']);
    expect(reasonsOf('Unauthenticated')).toContain('TOKEN_EXPIRED');
    expect(responses.NotFound?.description).toContain('- `LINE_NOT_FOUND`: No line has this id.');
    const listed = Object.values(responses).flatMap((response) => (response['x-reasons'] ?? []) as string[]);
    const catalogue = subject.contract.registry.getEnum('jangbu.common.v1.ErrorReason')?.values ?? [];
    const all = catalogue.slice(1).map(({ name }) => name.slice('ERROR_REASON_'.length));
    expect([...listed, 'METHOD_NOT_ALLOWED'].sort()).toEqual(all.sort());
  });

  test('a foreign contract gets nothing of the mesh’s conventions', async () => {
    const { document, operations } = await subjectOf(readLabImage());
    expect(document.security).toEqual([{}, { bearer: [] }]);
    expect(operations.filter(({ raw }) => 'security' in raw || 'x-jangbu-roles' in raw)).toEqual([]);
    expect(JSON.stringify(document)).not.toMatch(/LINE_NOT_FOUND|Idempotency-Key/);
  });
});

test('a registry of descriptors alone is enough', async () => {
  const files = createFileRegistry(fromBinary(FileDescriptorSetSchema, withoutSourceInfo(readLabImage())));
  const services = [...files].filter((desc) => desc.kind === 'service');
  const { bindings } = buildRouteTable(services, 'all');
  expect(await openApiDocument({ registry: files, bindings })).toMatchObject({ openapi: '3.1.1' });
});
