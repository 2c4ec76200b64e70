import { setImmediate } from 'node:timers/promises';
import type { DescService, Registry } from '@bufbuild/protobuf';
import type { Binding } from '../routes/binding.ts';
import { commentOf } from './comments.ts';
import { Examples } from './examples/messageExample.ts';
import { introduction } from './introduction.ts';
import { declaresAccess } from './operations/access.ts';
import type { Making } from './operations/context.ts';
import { failureResponses } from './operations/failures.ts';
import { SharedHeaders } from './operations/headers.ts';
import { operation } from './operations/operation.ts';
import { OperationIds, serviceNames } from './operations/operationIds.ts';
import { pathTable } from './paths/pathTable.ts';
import { Validation } from './rules/validation.ts';
import type { Schema } from './schema.ts';
import { Schemas } from './schemas/schemas.ts';

/** What the document is about: the bindings that are served, and the types behind them. */
export interface DocumentSource {
  registry: Registry;
  bindings: readonly Binding[];
}

/** The OpenAPI document of a contract. Made in pieces, so that other requests are served meanwhile; the same for the same contract. */
export async function openApiDocument({ registry, bindings }: DocumentSource): Promise<Schema> {
  const validation = new Validation(registry);
  const making: Making = {
    registry,
    schemas: new Schemas(validation),
    examples: new Examples(registry, validation),
    headers: new SharedHeaders(),
    declares: declaresAccess(registry),
  };
  const { placed, unsaid } = pathTable(bindings);
  const services = [...new Set(placed.map(({ binding }) => binding.method.parent))];
  const names = serviceNames(services);
  const ids = new OperationIds(names);
  const paths: Record<string, Schema> = {};
  for (const each of placed) {
    await setImmediate();
    const tag = names.get(each.binding.method.parent) ?? '';
    const item = paths[each.path] ?? {};
    paths[each.path] = { ...item, [each.member]: operation(making, each, { id: ids.next(each), tag }) };
  }
  const withBodies = placed.some(({ binding }) => binding.body.kind !== 'none');
  const responses = placed.length > 0 ? failureResponses(making, withBodies) : {};
  return {
    openapi: '3.1.1',
    info: introduction(services, making.declares),
    servers: [{ url: './' }],
    tags: services.map((service) => tagOf(service, names)),
    paths,
    components: {
      schemas: making.schemas.components.finish(),
      responses,
      ...making.headers.components(),
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
    security: making.declares ? [{ bearer: [] }] : [{}, { bearer: [] }],
    ...(unsaid.length > 0 ? { 'x-other-bindings': unsaid.map(unsaidBinding) } : {}),
  };
}

function tagOf(service: DescService, names: ReadonlyMap<DescService, string>): Schema {
  const description = commentOf(service);
  return {
    name: names.get(service),
    ...(description === '' ? {} : { description }),
    'x-grpc-service': service.typeName,
  };
}

function unsaidBinding({ httpMethod, route, grpcPath }: Binding): Schema {
  return { method: httpMethod, template: route, grpcMethod: grpcPath.slice(1) };
}
