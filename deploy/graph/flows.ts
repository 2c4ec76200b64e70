import type { MeshGraph } from './meshGraph.ts';
import {
  accessNetwork,
  collector,
  dns,
  everyWorkload,
  ingress,
  istiod,
  keda,
  labelsOf,
  migrationLabels,
  nats,
  outside,
  type Pods,
  ports,
  postgres,
  postgresOperator,
  prometheus,
  workloads,
} from './platform.ts';

/** Outside of the cluster, which network policies know by address only: anywhere but in private networks. */
export const world = 'world';
/** Anywhere at all: the API server and object stores of one's own have private addresses as a rule. */
export const anywhere = 'anywhere';

export type Peer = Pods | typeof world | typeof anywhere;

/** Connections that may be made. */
export interface Flow {
  from: Pods;
  to: Peer;
  ports: number[];
  protocol?: 'TCP' | 'UDP';
}

export const pods = (labels: Record<string, string>): Pods => ({ labels });

/** Every connection between pods, by what calls whom in the code and by what the platform needs. */
export function flows({ edges }: Pick<MeshGraph, 'edges'>): Flow[] {
  return [...calls(edges), ...platform(), ...toOutside(), ...databases(), ...brokers()];
}

function calls(edges: MeshGraph['edges']): Flow[] {
  const pairs = new Map(edges.map(({ from, to }) => [`${from} ${to}`, { from, to }]));
  const callers: Partial<Record<string, Pods>> = { ingress, 'access-network': accessNetwork };
  const between = [...pairs.values()].map(({ from, to }) => ({
    from: callers[from] ?? pods({ 'app.kubernetes.io/name': from }),
    to: pods(labelsOf(to)),
    ports: [ports.grpc],
  }));
  return [...between, { from: ingress, to: pods(labelsOf('gateway')), ports: [ports.http] }];
}

/** 15012 is where proxies get configurations and certificates; 15090 are their own metrics, for the same scraper. */
function platform(): Flow[] {
  const names = workloads.map((workload) => pods(labelsOf(workload)));
  return [
    ...[pods(everyWorkload), postgres, nats].flatMap((from) =>
      (['UDP', 'TCP'] as const).map((protocol) => ({ from, to: dns, ports: [53], protocol })),
    ),
    ...names.flatMap((from) => [
      { from, to: istiod, ports: [15012] },
      // Traces and metrics: OTLP over HTTP from the services, over gRPC from the proxies.
      { from, to: collector, ports: [4317, 4318] },
      { from: prometheus, to: from, ports: [ports.metrics, 15090] },
    ]),
  ];
}

function toOutside(): Flow[] {
  return outside.flatMap(({ port, callers }) =>
    callers.map((caller) => ({ from: pods(labelsOf(caller)), to: world, ports: [port] }) as const),
  );
}

/** Who owns a database, the rollout's migrations, and the cluster that the operator keeps (8000 is its instances' status). */
function databases(): Flow[] {
  const clients = [
    ...workloads.filter((name) => name !== 'gateway').map((name) => pods(labelsOf(name))),
    pods(migrationLabels),
  ];
  return [
    ...clients.map((from) => ({ from, to: postgres, ports: [5432] })),
    { from: postgres, to: postgres, ports: [5432, 8000] },
    { from: postgresOperator, to: postgres, ports: [5432, 8000] },
    { from: prometheus, to: postgres, ports: [9187] },
    // The API server, and the object store that backups go to.
    { from: postgres, to: anywhere, ports: [443, 6443] },
  ];
}

/** 6222 is between the servers, 8222 their monitoring, which tells of the consumers' lag. */
function brokers(): Flow[] {
  const clients = workloads.filter((name) => name !== 'gateway').map((name) => pods(labelsOf(name)));
  return [
    ...clients.map((from) => ({ from, to: nats, ports: [4222] })),
    { from: nats, to: nats, ports: [6222] },
    { from: keda, to: nats, ports: [8222] },
    { from: prometheus, to: nats, ports: [7777] },
  ];
}
