import { readdirSync } from 'node:fs';
import type { DescMethod } from '@bufbuild/protobuf';
import { type ServiceName, serviceNames } from '#shared/config/service';
import type { Calls } from '#shared/rpc/calls';

/** One method that one service calls of another (or of another process of its own). */
export interface Edge {
  from: ServiceName;
  to: ServiceName;
  method: DescMethod;
}

const services = new URL('../../services/', import.meta.url);

/** Who calls whom, as the services' lists in `calls.ts` say: what is not in them cannot be called. */
export async function callGraph(): Promise<Edge[]> {
  const edges: Edge[] = [];
  for (const from of serviceNames) {
    if (!readdirSync(new URL(`${from}/`, services)).includes('calls.ts')) continue;
    const lists = (await import(new URL(`${from}/calls.ts`, services).href)) as Record<string, Calls>;
    for (const list of Object.values(lists)) edges.push(...edgesOf(from, list));
  }
  return edges;
}

function edgesOf(from: ServiceName, { service, methods, at }: Calls): Edge[] {
  const servedBy = at ?? [service.file.proto.package.split('.')[1] as ServiceName];
  return servedBy.flatMap((to) =>
    methods.flatMap((name) => {
      const method = service.method[name];
      return method ? [{ from, to, method }] : [];
    }),
  );
}

/** `/package.Service/Method`. */
export function pathOf({ parent, name }: DescMethod): string {
  return `/${parent.typeName}/${name}`;
}
