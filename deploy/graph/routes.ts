import type { DescMethod } from '@bufbuild/protobuf';
import type { IVirtualService } from '@kubernetes-models/istio/networking.istio.io/v1';
import { type ServiceName, serviceNames } from '#shared/config/service';
import { pathOf } from './callGraph.ts';
import { serversOf } from './contract.ts';
import { inMeshSeconds, timeoutOf } from './deadlines.ts';
import type { MeshGraph } from './meshGraph.ts';
import { hostOf, namespace, partitionsHost, ports } from './platform.ts';
import { isRepeatable, moneyMovers } from './repeating.ts';

export type Routes = IVirtualService & { apiVersion: string; kind: string };
export type HttpRoute = NonNullable<NonNullable<IVirtualService['spec']>['http']>[number];

/**
 * Proxies repeat what they know not to have been heard or answered: no connection, a stream refused, a connection lost. What a service has answered,
 * UNAVAILABLE included, is for its caller to judge, who knows the reason.
 */
const repeated = { attempts: 2, retryOn: 'connect-failure,refused-stream,reset' };
/** Said of every other route: without a word Istio repeats twice. */
const once = { attempts: 0 };

/** How calls of each service are routed, for every method of the contracts: timeouts, and whether proxies repeat. */
export function serviceRoutes(graph: MeshGraph): Routes[] {
  return [
    ...serviceNames.map((name) => virtualService(name, hostOf(name), httpRoutes(name, graph))),
    // By address there is one process that can answer; a chunk that it did not take is given to another by the code.
    virtualService('rating-partitions', partitionsHost, [
      {
        name: 'once',
        timeout: `${inMeshSeconds + 1}s`,
        retries: once,
        route: [{ destination: { host: partitionsHost, port: { number: ports.grpc } } }],
      },
    ]),
  ];
}

/** The routes of one service; methods that are treated alike share one. */
function httpRoutes(name: ServiceName, graph: MeshGraph): HttpRoute[] {
  const route = [{ destination: to(name) }];
  const movers = moneyMovers(graph);
  const groups = new Map<string, { methods: DescMethod[]; timeout: number | undefined; repeatable: boolean }>();
  for (const method of graph.methods.filter((served) => serversOf(served).includes(name))) {
    const timeout = timeoutOf(method, graph);
    const repeatable = isRepeatable(method, movers);
    const key = `${timeout === undefined ? 'stream' : `${timeout}s`}-${repeatable ? 'repeated' : 'once'}`;
    const group = groups.get(key) ?? { methods: [], timeout, repeatable };
    group.methods.push(method);
    groups.set(key, group);
  }
  const routes = [...groups].map(([key, { methods, timeout, repeatable }]) => ({
    name: key,
    match: methods.map((method) => ({ uri: { exact: pathOf(method) } })),
    ...(timeout !== undefined && { timeout: `${timeout}s` }),
    retries: repeatable ? repeated : once,
    route,
  }));
  // What the contracts do not know, such as reflection: nobody is allowed it, and it is not repeated either.
  return [...routes, { name: 'unknown', timeout: `${inMeshSeconds + 1}s`, retries: once, route }];
}

/** The stable version. Pods of a canary get nothing but what its weights give them, also before and after it has any. */
export const to = (name: string, port: number = ports.grpc) => ({
  host: hostOf(name),
  subset: 'stable',
  port: { number: port },
});

function virtualService(name: string, host: string, http: HttpRoute[]): Routes {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, namespace },
    // Nobody outside of the namespace is to be led by them.
    spec: { hosts: [host], exportTo: ['.'], http },
  };
}
