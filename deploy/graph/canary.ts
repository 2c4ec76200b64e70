import type { ServiceName } from '#shared/config/service';
import type { MeshGraph } from './meshGraph.ts';
import { namespace } from './platform.ts';
import { type HttpRoute, httpRoutes, to } from './routes.ts';

export const trackLabel = 'jangbu.io/track';

/** What a canary changes of a service's objects: both versions as subsets, and every route with two destinations. */
export interface CanaryPatch {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace: string };
  spec: { subsets: unknown } | { http: HttpRoute[] };
}

export function canaryPatches(name: ServiceName, graph: MeshGraph): CanaryPatch[] {
  const route = (['stable', 'canary'] as const).map((subset) => ({
    destination: { ...to(name), subset },
    weight: subset === 'stable' ? 100 : 0,
  }));
  const patch = (kind: string, spec: CanaryPatch['spec']): CanaryPatch => ({
    apiVersion: 'networking.istio.io/v1',
    kind,
    metadata: { name, namespace },
    spec,
  });
  return [
    patch('DestinationRule', {
      subsets: ['stable', 'canary'].map((track) => ({ name: track, labels: { [trackLabel]: track } })),
    }),
    patch('VirtualService', { http: httpRoutes(name, graph, route) }),
  ];
}

/**
 * The component itself. Besides the patches, it marks the pods that are there as the stable version, and gives each route the weights that the overlay
 * states once, in an object that is not applied to the cluster.
 */
export function canaryComponent(name: ServiceName): object {
  const label = `/spec/template/metadata/labels/${trackLabel.replace('/', '~1')}`;
  return {
    apiVersion: 'kustomize.config.k8s.io/v1alpha1',
    kind: 'Component',
    patches: [
      { path: 'patches.yaml' },
      {
        target: { kind: 'Deployment', name: `^${name}$` },
        patch: `- op: add\n  path: ${label}\n  value: stable\n`,
      },
    ],
    replacements: ['stable', 'canary'].map((subset, index) => ({
      source: { kind: 'CanaryWeights', name, fieldPath: `spec.${subset}` },
      targets: [{ select: { kind: 'VirtualService', name }, fieldPaths: [`spec.http.*.route.${index}.weight`] }],
    })),
  };
}
