import type { IDestinationRule } from '@kubernetes-models/istio/networking.istio.io/v1';
import type { MeshGraph } from './meshGraph.ts';
import { hostOf, namespace, partitionsHost, versionLabel, versions, workloads } from './platform.ts';

type Destination = IDestinationRule & { apiVersion: string; kind: string };
type TrafficPolicy = NonNullable<NonNullable<IDestinationRule['spec']>['trafficPolicy']>;

type ConnectionPool = NonNullable<TrafficPolicy['connectionPool']>;

const connectionPool: ConnectionPool = {
  tcp: {
    // Connections are in-cluster; a node that is gone does not answer the first packet either.
    connectTimeout: '2s',
    // Notices a machine that went away without a goodbye after 30 s + 3 × 10 s, long before TCP does.
    tcpKeepalive: { time: '30s', interval: '10s', probes: 3 },
  },
  http: {
    // As many as the gateway lets in at once (MAX_CONCURRENT_REQUESTS); Istio has no limit of its own. What is above is refused at once instead of waiting.
    http2MaxRequests: 10_000,
    // One connection carries all calls to a replica for as long as it lives: a new one gains nothing under HTTP/2. 0 is no limit.
    maxRequestsPerConnection: 0,
    // Repeats under way at once, so that repeating never becomes a storm of its own; Istio sets no limit here either.
    maxRetries: 32,
  },
};

/**
 * The gateway closes a connection that was idle for 65 s (KEEP_ALIVE_MS). Proxies give it up before, or a request would meet the closing now and then and
 * fail. It is spoken to in HTTP/1.1: in one shared HTTP/2 connection the requests that some callers give up would use up the resets that the gateway
 * grants a connection (HTTP2_RESET_RATE), and end everybody's.
 */
export const gatewayConnections: ConnectionPool = {
  ...connectionPool,
  http: { ...connectionPool.http, idleTimeout: '60s', h2UpgradePolicy: 'DO_NOT_UPGRADE' },
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

/** Both are there before and after a canary: a route to a subset that is not known yet, or no longer, would answer 503. */
const subsets = versions.map((version) => ({ name: version, labels: { [versionLabel]: version } }));

/** How connections to each workload are kept. */
export function destinationRules({ edges }: Pick<MeshGraph, 'edges'>): Destination[] {
  const entered = new Set<string>(['gateway', ...edges.filter(({ from }) => from === 'ingress').map(({ to }) => to)]);
  return [
    ...workloads.map((name) => destinationRule(name, hostOf(name), policyOf(name), entered.has(name))),
    // Rating has chosen the address, and looks itself for who answers.
    destinationRule(
      'rating-partitions',
      partitionsHost,
      { tls, connectionPool, loadBalancer: { simple: 'PASSTHROUGH' } },
      false,
    ),
  ];
}

function policyOf(name: string): TrafficPolicy {
  const loadBalancer: TrafficPolicy['loadBalancer'] =
    name === 'gateway'
      ? // Each gateway counts requests in its own memory. With a caller's requests at one of them, a limit holds for all of them together: of all zones,
        // where Istio would choose among those of the ingress's own.
        { consistentHash: { httpHeaderName: 'authorization' }, localityLbSetting: { enabled: false } }
      : // Where outliers are detected, Istio prefers replicas of the caller's zone and goes to others when those are away; which saves a way between zones.
        // Calls differ a thousandfold in length, so taking turns would pile long ones up. Billing would gain by having an account's commands at one
        // replica, where they share a transaction; but the account stands in the message, which proxies do not read.
        { simple: 'LEAST_REQUEST' };
  const pool = name === 'gateway' ? gatewayConnections : connectionPool;
  return { tls, connectionPool: pool, outlierDetection, loadBalancer };
}

function destinationRule(name: string, host: string, trafficPolicy: TrafficPolicy, isEntered: boolean): Destination {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name, namespace },
    spec: {
      host,
      exportTo: isEntered ? ['.', 'istio-ingress'] : ['.'],
      trafficPolicy,
      ...(host !== partitionsHost && { subsets }),
    },
  };
}
