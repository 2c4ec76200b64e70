import type { ServiceName } from '#shared/config/service';
import type { MeshGraph } from './meshGraph.ts';
import { type HttpRoute, httpRoutes, to } from './routes.ts';

/** Of a hundred calls so many go to the new version until an overlay says otherwise. */
const firstWeight = 5;

export const trackLabel = 'jangbu.io/track';

/** What a canary changes of a service's objects: both versions as subsets, and every route with two destinations. */
export interface CanaryPatch {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  spec: { subsets: unknown } | { http: HttpRoute[] };
}

export function canaryPatches(name: ServiceName, graph: MeshGraph): CanaryPatch[] {
  const route = (['stable', 'canary'] as const).map((subset) => ({
    destination: { ...to(name), subset },
    weight: subset === 'canary' ? firstWeight : 100 - firstWeight,
  }));
  const patch = (kind: string, spec: CanaryPatch['spec']): CanaryPatch => ({
    apiVersion: 'networking.istio.io/v1',
    kind,
    metadata: { name },
    spec,
  });
  return [
    patch('DestinationRule', {
      subsets: ['stable', 'canary'].map((track) => ({ name: track, labels: { [trackLabel]: track } })),
    }),
    patch('VirtualService', { http: httpRoutes(name, graph, route) }),
  ];
}
