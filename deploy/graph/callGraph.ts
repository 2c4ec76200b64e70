import { readdirSync } from 'node:fs';
import type { DescMethod } from '@bufbuild/protobuf';
import { type ServiceName, serviceNames } from '#shared/config/service';
import type { Calls } from '#shared/rpc/calls';

/** One method that one service calls of another (or of another process of its own). */
export interface Edge {
  from: ServiceName;
  to: ServiceName;
  method: DescMethod;
  /** Made by the version before alone, which still runs while this one is rolled out, and again after a rollback. */
  isLeaving?: boolean;
}

const services = new URL('../../services/', import.meta.url);

/**
 * Who calls whom, as the services' lists in `calls.ts` say: what is not in them cannot be called. Policies are there before the programs are, so a call that
 * ends stands in an exported array for one more release: `export const leaving = [callsOf(LedgerService, 'getLedgerTotals')]`.
 */
export async function callGraph(): Promise<Edge[]> {
  const edges: Edge[] = [];
  for (const from of serviceNames) {
    if (!readdirSync(new URL(`${from}/`, services)).includes('calls.ts')) continue;
    edges.push(...edgesIn(from, await import(new URL(`${from}/calls.ts`, services).href)));
  }
  return edges;
}

/** The calls of one service's lists. */
export function edgesIn(from: ServiceName, lists: Record<string, Calls | readonly Calls[]>): Edge[] {
  return Object.values(lists).flatMap((list) => {
    if ('service' in list) return edgesOf(from, list);
    return list.flatMap((one) => edgesOf(from, one)).map((edge) => ({ ...edge, isLeaving: true }));
  });
}

function edgesOf(from: ServiceName, { service, methods, at }: Calls): Edge[] {
  const servedBy = at ?? [service.file.proto.package.split('.')[1] as ServiceName];
  return servedBy.flatMap((to) =>
    methods.map((name) => {
      const method = service.method[name];
      if (!method) throw new Error(`${from}: ${service.typeName} has no method ${name}`);
      return { from, to, method };
    }),
  );
}

/** `/package.Service/Method`. */
export function pathOf({ parent, name }: DescMethod): string {
  return `/${parent.typeName}/${name}`;
}
