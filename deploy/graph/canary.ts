import { stringify } from 'yaml';
import { ingressRoutes } from './ingressRoutes.ts';
import type { MeshGraph } from './meshGraph.ts';
import { versionLabel, versions, type Workload } from './platform.ts';
import { type Routes, serviceRoutes, to } from './routes.ts';

/** What a canary does not touch. What is left are Deployments, Jobs, ConfigMaps and VirtualServices, of which it takes its own. */
const otherKinds = [
  'AuthorizationPolicy',
  'Cluster',
  'Database',
  'DestinationRule',
  'ExternalSecret',
  'Gateway',
  'HorizontalPodAutoscaler',
  'Namespace',
  'NetworkPolicy',
  'ObjectStore',
  'PeerAuthentication',
  'PersistentVolumeClaim',
  'PodDisruptionBudget',
  'PodMonitor',
  'PrometheusRule',
  'RequestAuthentication',
  'ScaledObject',
  'ScheduledBackup',
  'Service',
  'ServiceAccount',
  'ServiceEntry',
  'Sidecar',
  'Telemetry',
];

interface Patch {
  target: { kind: string; name?: string; labelSelector?: string };
  patch: string;
  options?: { allowNameChange: true };
}

/**
 * Makes of an overlay the canary of one program: its Deployment under another name and version, its migration, the settings, and the routes to it, split
 * by the weights that the overlay states once (in an object that is not applied to the cluster). Nothing of what serves already is in it.
 */
export function canaryComponent(name: Workload, graph: MeshGraph): object {
  const led = [...serviceRoutes(graph), ingressRoutes(graph)];
  const split = led.flatMap((service) => {
    const indexes = routesTo(service, name);
    return indexes.length > 0 ? [{ service: service.metadata?.name ?? '', indexes }] : [];
  });
  const uninvolved = led.flatMap(({ metadata }) => metadata?.name ?? []).filter((each) => !isIn(each, split));
  return {
    apiVersion: 'kustomize.config.k8s.io/v1alpha1',
    kind: 'Component',
    patches: [
      without(`^(${otherKinds.join('|')})$`),
      without('Deployment', { labelSelector: `app.kubernetes.io/name!=${name}` }),
      without('Job', { labelSelector: `app.kubernetes.io/name!=${name}-migrations` }),
      without('ConfigMap', { labelSelector: 'grafana_dashboard' }),
      ...(uninvolved.length > 0 ? [without('VirtualService', { name: `^(${uninvolved.join('|')})$` })] : []),
      deployment(name),
      ...split.map(({ service, indexes }) => splitRoutes(service, indexes)),
    ],
    replacements: versions.map((version, destination) => ({
      source: { kind: 'CanaryWeights', name, fieldPath: `spec.${version}` },
      targets: split.map(({ service, indexes }) => ({
        select: { kind: 'VirtualService', name: service },
        fieldPaths: indexes.map((index) => `spec.http.${index}.route.${destination}.weight`),
      })),
    })),
  };
}

const isIn = (name: string, split: { service: string }[]) => split.some(({ service }) => service === name);

/** Which routes of an object lead to a program: of its own all, of the ingress some. Those by address lead to one process, whatever its version. */
function routesTo({ spec }: Routes, name: Workload): number[] {
  const { host } = to(name);
  return (spec?.http ?? []).flatMap(({ route }, index) =>
    route?.some(({ destination }) => destination.host === host) ? [index] : [],
  );
}

function without(kind: string, target: { name?: string; labelSelector?: string } = {}): Patch {
  return { target: { kind, ...target }, patch: '$patch: delete\nkind: any\nmetadata:\n  name: any\n' };
}

/** One replica, which nobody scales. Its selector shares no pod with the stable version's. */
function deployment(name: Workload): Patch {
  const operations = [
    { op: 'replace', path: '/metadata/name', value: `${name}-canary` },
    { op: 'add', path: '/spec/replicas', value: 1 },
    { op: 'replace', path: `/spec/selector/matchLabels/${versionLabel}`, value: 'canary' },
    { op: 'replace', path: `/spec/template/metadata/labels/${versionLabel}`, value: 'canary' },
  ];
  return {
    target: { kind: 'Deployment', name: `^${name}$` },
    patch: stringify(operations),
    options: { allowNameChange: true },
  };
}

function splitRoutes(service: string, indexes: number[]): Patch {
  const operations = indexes.flatMap((index) => [
    { op: 'add', path: `/spec/http/${index}/route/0/weight`, value: 100 },
    { op: 'copy', from: `/spec/http/${index}/route/0`, path: `/spec/http/${index}/route/1` },
    { op: 'replace', path: `/spec/http/${index}/route/1/destination/subset`, value: 'canary' },
    { op: 'replace', path: `/spec/http/${index}/route/1/weight`, value: 0 },
  ]);
  return { target: { kind: 'VirtualService', name: `^${service}$` }, patch: stringify(operations) };
}
