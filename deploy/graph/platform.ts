import { type ServiceName, serviceNames } from '#shared/config/service';
import type { Caller } from './meshGraph.ts';

/** Names and ports of a cluster that policies speak of, in one place. Hosts outside of the cluster are examples that an overlay replaces. */
export const namespace = 'jangbu';
export const trustDomain = 'cluster.local';
export const ports = { grpc: 9000, http: 8088, metrics: 9464 } as const;

export type Workload = ServiceName | 'gateway';
export const workloads: readonly Workload[] = [...serviceNames, 'gateway'];

export const labelsOf = (workload: Workload) => ({ 'app.kubernetes.io/name': workload });
export const everyWorkload = { 'app.kubernetes.io/part-of': 'jangbu' };
/** Pods of a rollout's migrations: they reach the database and nothing else. */
export const migrationLabels = { 'app.kubernetes.io/component': 'migrations' };

/** The two versions of a program that may run side by side, by the label that Istio's metrics and Kiali call the version. */
export const versionLabel = 'version';
export const versions = ['stable', 'canary'] as const;

export const hostOf = (name: string) => `${name}.${namespace}.svc.${trustDomain}`;

/** Rating's processes call one another by address, through a service without an address of its own. */
export const partitionsHost = hostOf('rating-partitions');

/** Accounts by which the mesh's certificates name callers. */
export function principalOf(caller: Caller): string {
  const accounts: Partial<Record<Caller, string>> = {
    ingress: 'ns/istio-ingress/sa/istio-ingress',
    'access-network': 'ns/access-network/sa/charging',
  };
  return `${trustDomain}/${accounts[caller] ?? `ns/${namespace}/sa/${caller}`}`;
}

/** Pods by their labels, or by having a label whatever its value; without a namespace those of ours. */
export interface Pods {
  namespace?: string;
  labels: Record<string, string>;
  having?: string;
}

export const dns: Pods = { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } };
export const istiod: Pods = { namespace: 'istio-system', labels: { app: 'istiod' } };
export const ingress: Pods = { namespace: 'istio-ingress', labels: { istio: 'ingress' } };
export const accessNetwork: Pods = { namespace: 'access-network', labels: { 'app.kubernetes.io/name': 'charging' } };
export const prometheus: Pods = { namespace: 'observability', labels: { 'app.kubernetes.io/name': 'prometheus' } };
export const collector: Pods = {
  namespace: 'observability',
  labels: { 'app.kubernetes.io/name': 'opentelemetry-collector' },
};
/**
 * All pods of a CloudNativePG cluster, whatever its name, and who looks after them. Before an instance there is a job that makes its files (initdb, join,
 * recovery): it asks the API server, the primary and the object store as the instance does, and this label is the one that both have.
 */
export const postgres: Pods = { labels: {}, having: 'cnpg.io/cluster' };
export const postgresOperator: Pods = {
  namespace: 'cnpg-system',
  labels: { 'app.kubernetes.io/name': 'cloudnative-pg' },
};
/** Servers as the official chart labels them, and who reads their monitoring for the consumers' lag. */
export const nats: Pods = { labels: { 'app.kubernetes.io/name': 'nats' } };
export const keda: Pods = { namespace: 'keda', labels: { app: 'keda-operator' } };

/** Hosts that proxies must know to let anything out to them. */
export const platformHosts = [
  `./${hostOf('postgres-rw')}`,
  // Where a recovery goes on; nobody should have to think of proxies then.
  `./${hostOf('postgres-recovered-rw')}`,
  `./${hostOf('nats')}`,
  // Servers tell their clients of one another by address.
  `./${hostOf('nats-headless')}`,
  'observability/otel-collector.observability.svc.cluster.local',
];

/** What lies outside of the cluster, and who reaches for it. */
export interface Outside {
  name: string;
  host: string;
  port: number;
  /** What its port is named after. TLS begins in the service itself, so proxies see bytes and the host's name. */
  protocol: 'TLS' | 'TCP';
  callers: readonly Workload[];
}

export const outside: readonly Outside[] = [
  { name: 'issuer', host: 'id.jangbu.example', port: 443, protocol: 'TLS', callers: workloads },
  { name: 'payments', host: 'payments.jangbu.example', port: 443, protocol: 'TLS', callers: ['billing'] },
  { name: 'sms', host: 'sms.jangbu.example', port: 443, protocol: 'TLS', callers: ['notification'] },
  // Mail begins in plain text and turns to TLS afterwards (STARTTLS), with the server speaking first.
  { name: 'mail', host: 'smtp.jangbu.example', port: 587, protocol: 'TCP', callers: ['notification'] },
];
