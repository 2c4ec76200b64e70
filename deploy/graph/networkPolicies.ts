import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { anywhere, type Flow, flows, type Peer, world } from './flows.ts';
import type { MeshGraph } from './meshGraph.ts';
import { accessNetwork, labelsOf, namespace, type Pods, ports } from './platform.ts';

export type NetworkPolicy = INetworkPolicy & { apiVersion: string; kind: string };
type Ingress = NonNullable<NonNullable<INetworkPolicy['spec']>['ingress']>[number];
type PolicyPeer = NonNullable<Ingress['from']>[number];
type LabelSelector = NonNullable<PolicyPeer['podSelector']>;

/** Nothing at all, and then for each kind of pods exactly its flows. */
export function networkPolicies(graph: Pick<MeshGraph, 'edges'>): NetworkPolicy[] {
  const all = flows({ edges: graph.edges.filter(({ from }) => from !== 'access-network') });
  const inside = ({ namespace: elsewhere }: Pods) => elsewhere === undefined;
  const ours = all.flatMap(({ from, to }) => [from, ...(typeof to === 'string' ? [] : [to])]).filter(inside);
  const kinds = new Map(ours.map((pods) => [JSON.stringify(pods), pods]));
  return [
    policy('deny-all', { labels: {} }, { policyTypes: ['Ingress', 'Egress'] }),
    ...[...kinds.values()].map((kind) => policyOf(kind, all)),
  ];
}

/** What access networks add, for the deployments that have any. */
export function accessNetworkConnections({ edges }: Pick<MeshGraph, 'edges'>): NetworkPolicy[] {
  const called = [...new Set(edges.filter(({ from }) => from === 'access-network').map(({ to }) => to))];
  return called.map((name) =>
    policy(
      `${name}-access-network`,
      { labels: labelsOf(name) },
      {
        policyTypes: ['Ingress'],
        ingress: [{ from: [peerOfPolicy(accessNetwork)], ports: [{ protocol: 'TCP', port: ports.grpc }] }],
      },
    ),
  );
}

function policyOf(kind: Pods, all: Flow[]): NetworkPolicy {
  const is = (peer: Peer) => JSON.stringify(peer) === JSON.stringify(kind);
  const incoming = all.filter(({ to }) => is(to));
  const outgoing = all.filter(({ from }) => is(from));
  return policy(nameOf(kind), kind, {
    policyTypes: [
      ...(incoming.length > 0 ? (['Ingress'] as const) : []),
      ...(outgoing.length > 0 ? (['Egress'] as const) : []),
    ],
    ...(incoming.length > 0 && {
      ingress: together(incoming, ({ from }) => from).map(([peers, at]) => ({ from: peers, ports: at })),
    }),
    ...(outgoing.length > 0 && {
      egress: together(outgoing, ({ to }) => to).map(([peers, at]) => ({ to: peers, ports: at })),
    }),
  });
}

/** Peers that are reached at the same ports share a rule. */
function together(some: Flow[], peerOf: (flow: Flow) => Peer): [PolicyPeer[], Ingress['ports']][] {
  const byPeer = new Map<string, { peer: Peer; ports: NonNullable<Ingress['ports']> }>();
  for (const flow of some) {
    const peer = peerOf(flow);
    const known = byPeer.get(JSON.stringify(peer)) ?? { peer, ports: [] };
    const { protocol = 'TCP' } = flow;
    for (const port of flow.ports) {
      if (!known.ports.some((other) => other.port === port && other.protocol === protocol))
        known.ports.push({ protocol, port });
    }
    byPeer.set(JSON.stringify(peer), known);
  }
  const rules = new Map<string, [PolicyPeer[], Ingress['ports']]>();
  for (const { peer, ports: at } of byPeer.values()) {
    const known = rules.get(JSON.stringify(at)) ?? [[], at];
    known[0].push(peerOfPolicy(peer));
    rules.set(JSON.stringify(at), known);
  }
  return [...rules.values()];
}

const privateNetworks = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '169.254.0.0/16'];

function peerOfPolicy(peer: Peer): PolicyPeer {
  if (peer === anywhere) return { ipBlock: { cidr: '0.0.0.0/0' } };
  if (peer === world) return { ipBlock: { cidr: '0.0.0.0/0', except: privateNetworks } };
  return {
    ...(peer.namespace && { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': peer.namespace } } }),
    podSelector: selectorOf(peer),
  };
}

function selectorOf({ labels, having }: Pods): LabelSelector {
  return {
    ...(Object.keys(labels).length > 0 && { matchLabels: labels }),
    ...(having && { matchExpressions: [{ key: having, operator: 'Exists' }] }),
  };
}

function nameOf({ labels, having }: Pods): string {
  if (having?.startsWith('cnpg.io')) return 'postgres';
  const [[key, value] = ['', '']] = Object.entries(labels);
  return key === 'app.kubernetes.io/part-of' ? 'every-workload' : value;
}

function policy(name: string, pods: Pods, spec: Partial<NonNullable<INetworkPolicy['spec']>>): NetworkPolicy {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace },
    spec: { podSelector: selectorOf(pods), ...spec },
  };
}
