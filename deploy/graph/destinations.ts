import type { IDestinationRule } from '@kubernetes-models/istio/networking.istio.io/v1';
import { hostOf, namespace, partitionsHost, workloads } from './platform.ts';

export type Destination = IDestinationRule & { apiVersion: string; kind: string };
type TrafficPolicy = NonNullable<NonNullable<IDestinationRule['spec']>['trafficPolicy']>;

const connectionPool = {
  tcp: {
    // Connections are in-cluster; a node that is gone does not answer the first packet either.
    connectTimeout: '2s',
    // Notices a machine that went away without a goodbye after 30 s + 3 × 10 s, long before TCP does.
    tcpKeepalive: { time: '30s', interval: '10s', probes: 3 },
  },
  http: {
    // As many as the gateway lets in at once (MAX_CONCURRENT_REQUESTS); Envoy's own 1024 would refuse a busy evening's streams.
    http2MaxRequests: 10_000,
    // One connection carries all calls to a replica for as long as it lives. 0 is no limit: a new one gains nothing under HTTP/2.
    maxRequestsPerConnection: 0,
    // Repeats under way at once, so that repeating never becomes a storm of its own.
    maxRetries: 32,
  },
};

/**
 * A replica that cannot be reached is left alone for a while. Only failures of the connection count: UNAVAILABLE is an answer, which all replicas give
 * together when something behind them is away, and one that has lost its database says so by its readiness.
 */
const outlierDetection = {
  splitExternalLocalOriginErrors: true,
  // Like the code's own breaker.
  consecutiveLocalOriginFailures: 5,
  consecutiveGatewayErrors: 0,
  consecutive5xxErrors: 0,
  interval: '5s',
  baseEjectionTime: '15s',
  maxEjectionPercent: 50,
};

// Said although Istio finds it out by itself: nothing goes out in plain text where it errs.
const tls = { mode: 'ISTIO_MUTUAL' as const };

/** How connections to each workload are kept. */
export function destinationRules(): Destination[] {
  return [...workloads.map((name) => destinationRule(name, hostOf(name), policyOf(name))), partitions()];
}

function policyOf(name: string): TrafficPolicy {
  const loadBalancer: TrafficPolicy['loadBalancer'] =
    name === 'gateway'
      ? // Each gateway counts requests in its own memory. With a caller's requests at one of them, a limit holds for all of them together.
        { consistentHash: { httpHeaderName: 'authorization' } }
      : // Calls differ a thousandfold in length, so turns would pile long ones up. No service keeps anything in memory that an account's or a
        // customer's calls would find at one replica only: batches and partitions are formed in the database and by rating itself.
        { simple: 'LEAST_REQUEST' };
  return { tls, connectionPool, outlierDetection, loadBalancer };
}

/** Addresses are chosen by rating; nothing is to be balanced, and it looks itself for who answers. */
function partitions(): Destination {
  return destinationRule('rating-partitions', partitionsHost, { tls, connectionPool });
}

export function destinationRule(name: string, host: string, trafficPolicy: TrafficPolicy): Destination {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name, namespace },
    spec: { host, exportTo: name === 'gateway' ? ['.', 'istio-ingress'] : ['.'], trafficPolicy },
  };
}
