import { beforeAll, describe, expect, it } from 'vitest';
import { type MeshGraph, meshGraph } from '../../deploy/graph/meshGraph.ts';
import { networkPolicies } from '../../deploy/graph/networkPolicies.ts';
import { labelsOf, workloads } from '../../deploy/graph/platform.ts';
import { addressesOf } from './configuredAddresses.ts';
import { type Manifest, objectsIn, ofKind, rendered } from './manifest.ts';
import { type End, mayConnect } from './networkEvaluator.ts';

const pod = (namespace: string, labels: Record<string, string>): End => ({ namespace, labels });
const ours = (name: string) =>
  pod('jangbu', { 'app.kubernetes.io/part-of': 'jangbu', 'app.kubernetes.io/name': name, 'pod-template-hash': 'x' });

const ends: Record<string, End> = {
  ...Object.fromEntries(workloads.map((name) => [name, ours(name)])),
  migrations: pod('jangbu', { 'app.kubernetes.io/part-of': 'jangbu', 'app.kubernetes.io/component': 'migrations' }),
  postgres: pod('jangbu', { 'cnpg.io/cluster': 'postgres', 'cnpg.io/podRole': 'instance' }),
  // What makes an instance's files before there is one, by the labels that the operator gives it.
  'postgres job': pod('jangbu', { 'cnpg.io/cluster': 'postgres', 'cnpg.io/jobRole': 'join' }),
  nats: pod('jangbu', { 'app.kubernetes.io/name': 'nats' }),
  stranger: pod('jangbu', { app: 'stranger' }),
  'stranger elsewhere': pod('default', { 'app.kubernetes.io/name': 'gateway' }),
  prometheus: pod('observability', { 'app.kubernetes.io/name': 'prometheus' }),
  collector: pod('observability', { 'app.kubernetes.io/name': 'opentelemetry-collector' }),
  ingress: pod('istio-ingress', { istio: 'ingress' }),
  istiod: pod('istio-system', { app: 'istiod' }),
  operator: pod('cnpg-system', { 'app.kubernetes.io/name': 'cloudnative-pg' }),
  keda: pod('keda', { app: 'keda-operator' }),
  'access network': pod('access-network', { 'app.kubernetes.io/name': 'charging' }),
  internet: { address: '203.0.113.7' },
  'private network': { address: '10.1.2.3' },
  'cloud metadata': { address: '169.254.169.254' },
};
const portsTried = [
  80, 443, 587, 4222, 4317, 4318, 5432, 6222, 6443, 7777, 8000, 8088, 8222, 9000, 9187, 9464, 15012, 15090,
];

let graph: MeshGraph;
let policies: Manifest[];
beforeAll(async () => {
  graph = await meshGraph();
  policies = objectsIn('deploy/k8s/base/network-policies.yaml');
});

const isOurs = (end: End) => 'namespace' in end && end.namespace === 'jangbu';

/** Every connection that has one end here and may be made, as `from → to:port`. */
function connections(some: Manifest[]): string[] {
  const pairs = Object.entries(ends).flatMap((from) => Object.entries(ends).map((to) => [from, to] as const));
  return pairs
    .filter(([[, from], [, to]]) => isOurs(from) || isOurs(to))
    .flatMap(([[fromName, from], [toName, to]]) =>
      portsTried.filter((port) => mayConnect(some, from, to, port)).map((port) => `${fromName} → ${toName}:${port}`),
    )
    .sort();
}

/** What answers where a setting points. */
function endAt(host: string): End {
  const elsewhere: Record<string, End> = {
    'otel-collector.observability': ends.collector as End,
    'keycloak.identity': pod('identity', { 'app.kubernetes.io/name': 'keycloak' }),
  };
  const end = elsewhere[host] ?? ends[host] ?? (host.endsWith('.example') ? ends.internet : undefined);
  if (!end) throw new Error(`what answers at ${host} is not known here`);
  return end;
}

/** What the mesh needs, said once more and otherwise than the generator says it: by what each service's configuration names. */
function needed({ edges }: MeshGraph): string[] {
  const services = workloads.filter((name) => name !== 'gateway');
  const calls = edges.filter(({ from }) => from !== 'access-network').map(({ from, to }) => `${from} → ${to}:9000`);
  const databases = ['postgres', 'postgres job'];
  const toDatabases = (from: string, ...ports: number[]) =>
    databases.flatMap((to) => ports.map((port) => `${from} → ${to}:${port}`));
  return [
    ...new Set([
      ...calls,
      'ingress → gateway:8088',
      ...services.flatMap((name) => [...toDatabases(name, 5432), `${name} → nats:4222`]),
      ...workloads.flatMap((name) => [
        `${name} → istiod:15012`,
        `${name} → collector:4317`,
        `${name} → collector:4318`,
        `${name} → internet:443`,
        `prometheus → ${name}:9464`,
        `prometheus → ${name}:15090`,
      ]),
      'notification → internet:587',
      ...toDatabases('migrations', 5432),
      ...databases.flatMap((from) => toDatabases(from, 5432, 8000)),
      ...toDatabases('operator', 5432, 8000),
      ...toDatabases('prometheus', 9187),
      ...databases.flatMap((from) =>
        ['internet', 'private network', 'cloud metadata'].flatMap((to) => [
          `${from} → ${to}:443`,
          `${from} → ${to}:6443`,
        ]),
      ),
      'nats → nats:6222',
      'keda → nats:8222',
      'prometheus → nats:7777',
    ]),
  ].sort();
}

describe('MESH-6: network policies', () => {
  it('let through what the mesh needs, and nothing else', () => {
    expect(connections(policies)).toEqual(needed(graph));
  });

  it('let everybody ask for names and nobody else’s', () => {
    const dns = pod('kube-system', { 'k8s-app': 'kube-dns' });
    for (const name of [...workloads, 'migrations', 'postgres', 'postgres job', 'nats']) {
      const from = ends[name];
      if (!from) throw new Error(`unreachable: ${name} is an end`);
      expect(mayConnect(policies, from, dns, 53, 'UDP'), name).toBe(true);
      expect(mayConnect(policies, from, dns, 53, 'TCP'), name).toBe(true);
      expect(mayConnect(policies, from, { address: '203.0.113.7' }, 53, 'UDP'), name).toBe(false);
    }
  });

  it('notice a connection that is missing and one too many', () => {
    const less = { edges: graph.edges.filter(({ from, to }) => !(from === 'settlement' && to === 'billing')) };
    expect(connections(networkPolicies(less) as Manifest[])).not.toContain('settlement → billing:9000');
    const [first] = graph.edges;
    if (!first) throw new Error('unreachable: the graph has edges');
    const more = { edges: [...graph.edges, { ...first, from: 'mypage' as const, to: 'settlement' as const }] };
    expect(connections(networkPolicies(more) as Manifest[])).not.toEqual(needed(graph));
  });

  it('without the first of them would not deny', () => {
    const rest = policies.filter(({ metadata }) => metadata.name !== 'deny-all');
    expect(connections(rest)).toContain('stranger → stranger elsewhere:80');
  });

  it('let access networks in with their component only', () => {
    const network = ends['access network'];
    const rating = ends.rating;
    if (!network || !rating) throw new Error('unreachable: both are ends');
    expect(mayConnect(policies, network, rating, 9000)).toBe(false);
    const both = [...policies, ...objectsIn('istio/policies/access-network/network-policy.yaml')];
    expect(mayConnect(both, network, rating, 9000)).toBe(true);
  });

  it.each(['dev', 'staging', 'prod'])(
    'let programs reach every address that they are configured with in %s',
    (overlay) => {
      const objects = rendered(`deploy/k8s/overlays/${overlay}`);
      const some = ofKind(objects, 'NetworkPolicy');
      const deployments = ofKind(objects, 'Deployment').filter(({ metadata }) => metadata.namespace === 'jangbu');
      expect(deployments).toHaveLength(workloads.length);
      for (const { metadata, spec } of deployments) {
        const from = pod('jangbu', spec.template.metadata.labels);
        const called = new Set<string>(graph.edges.filter((edge) => edge.from === metadata.name).map(({ to }) => to));
        for (const { name, host, port } of addressesOf(spec.template.spec.containers[0], objects)) {
          // Every service is told all the others' addresses, and calls some.
          if (name.endsWith('_ADDRESS') && (host === metadata.name || !called.has(host))) continue;
          expect(mayConnect(some, from, endAt(host), port), `${metadata.name}: ${name}`).toBe(true);
        }
      }
    },
  );

  it('select every workload by the label that its pods carry', () => {
    const selected = policies.map(({ spec }) => JSON.stringify(spec.podSelector.matchLabels ?? {}));
    for (const name of workloads) expect(selected).toContain(JSON.stringify(labelsOf(name)));
  });
});
