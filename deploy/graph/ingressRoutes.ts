import { pathOf } from './callGraph.ts';
import type { MeshGraph } from './meshGraph.ts';
import { namespace, ports } from './platform.ts';
import { type HttpRoute, type Routes, to } from './routes.ts';

/** The host that the world knows; an overlay names its own. */
export const publicHost = 'api.jangbu.example';

/** Who calls for whom is said by services only; from outside it would be ignored, and need not even arrive. */
const headers = { request: { remove: ['x-caller-authorization'] } };

/** With or without the name of its encoding. What begins alike is gRPC-Web, which the gateway speaks and services do not. */
const nativeGrpc = 'application/grpc(\\+.*)?';

/**
 * From the edge of the cluster: streams that neither REST nor gRPC-Web can carry go to their service, everything else that the gateway answers goes to the
 * gateway, and the rest (its probes too) is nowhere. Nothing is repeated; deadlines and CORS are the gateway's, and a route that says no timeout has none.
 */
export function ingressRoutes({ edges, gatewayPaths }: MeshGraph): Routes {
  const direct = edges.filter(({ from }) => from === 'ingress');
  const routes: HttpRoute[] = [...new Set(direct.map(({ to: service }) => service))].map((service) => ({
    name: `grpc-${service}`,
    match: direct
      .filter((edge) => edge.to === service)
      .map(({ method }) => ({
        uri: { exact: pathOf(method) },
        headers: { 'content-type': { regex: nativeGrpc } },
      })),
    headers,
    retries: { attempts: 0 },
    route: [{ destination: to(service) }],
  }));
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'ingress', namespace },
    spec: {
      hosts: [publicHost],
      gateways: ['ingress'],
      exportTo: ['istio-ingress'],
      http: [
        ...routes,
        {
          name: 'gateway',
          match: gatewayPaths.map((path) => ({ uri: path.includes('.json') ? { exact: path } : { prefix: path } })),
          headers,
          retries: { attempts: 0 },
          route: [{ destination: to('gateway', ports.http) }],
        },
      ],
    },
  };
}
