import type { ISidecar } from '@kubernetes-models/istio/networking.istio.io/v1';
import { gatewayConnections } from './destinations.ts';
import type { MeshGraph } from './meshGraph.ts';
import {
  hostOf,
  labelsOf,
  namespace,
  outside,
  partitionsHost,
  platformHosts,
  type Workload,
  workloads,
} from './platform.ts';

type Scope = ISidecar & { apiVersion: string; kind: string };

/**
 * What each proxy knows of: whom its workload calls, and nothing else. It keeps configurations small, and what is not in scope cannot be reached even
 * where a policy were too wide.
 */
export function sidecars(graph: MeshGraph): Scope[] {
  return workloads.map((workload) => ({
    apiVersion: 'networking.istio.io/v1',
    kind: 'Sidecar',
    metadata: { name: workload, namespace },
    spec: {
      workloadSelector: { labels: labelsOf(workload) },
      outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
      // From the gateway's own proxy to the gateway, where the same is true as on the way to it.
      ...(workload === 'gateway' && {
        inboundConnectionPool: { http: { idleTimeout: gatewayConnections.http?.idleTimeout } },
      }),
      egress: [{ hosts: hostsOf(workload, graph) }],
    },
  }));
}

/** Hosts in Istio's notation `namespace/host`. */
export function hostsOf(workload: Workload, { edges }: Pick<MeshGraph, 'edges'>): string[] {
  const called = edges.filter(({ from }) => from === workload).map(({ from, to }) => hostCalled(from, to));
  const outer = outside.filter(({ callers }) => callers.includes(workload)).map(({ host }) => host);
  const platform =
    workload === 'gateway' ? platformHosts.filter((host) => host.startsWith('observability/')) : platformHosts;
  return [...[...new Set([...called, ...outer])].sort().map((host) => `./${host}`), ...platform];
}

const hostCalled = (from: string, to: string) => (from === to ? partitionsHost : hostOf(to));
