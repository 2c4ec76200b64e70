import type { IAuthorizationPolicy } from '@kubernetes-models/istio/security.istio.io/v1';
import { pathOf } from './callGraph.ts';
import type { Caller, MeshEdge, MeshGraph } from './meshGraph.ts';
import { labelsOf, namespace, ports, principalOf, type Workload } from './platform.ts';

type Policy = IAuthorizationPolicy & { apiVersion: string; kind: string };
type Rule = NonNullable<NonNullable<IAuthorizationPolicy['spec']>['rules']>[number];

/** One policy a workload that names who may call which of its methods, and the scraping of its metrics. */
export function authorizationPolicies({ edges, gatewayPaths }: MeshGraph): Policy[] {
  const inside = edges.filter(({ from }) => from !== 'access-network');
  const services = [...new Set(edges.map(({ to }) => to))];
  const toGateway = [...gatewayPaths.map((path) => (path.includes('.json') ? path : `${path}*`))];
  return [
    ...services.map((name) => policy(name, name, [...callRules(inside.filter(({ to }) => to === name)), metricsRule])),
    policy('gateway', 'gateway', [rule('ingress', { ports: [String(ports.http)], paths: toGateway }), metricsRule]),
  ];
}

/** What access networks add, for the deployments that have any. */
export function accessNetworkPolicies({ edges }: MeshGraph): Policy[] {
  const theirs = edges.filter(({ from }) => from === 'access-network');
  return [...new Set(theirs.map(({ to }) => to))].map((name) =>
    policy(`${name}-access-network`, name, callRules(theirs.filter(({ to }) => to === name))),
  );
}

/** gRPC's calls are POST to `/package.Service/Method`, one rule a caller. */
function callRules(edges: MeshEdge[]): Rule[] {
  const callers = [...new Set(edges.map(({ from }) => from))].sort();
  return callers.map((from) => {
    const paths = edges.filter((edge) => edge.from === from).map(({ method }) => pathOf(method));
    return rule(from, { ports: [String(ports.grpc)], methods: ['POST'], paths: [...new Set(paths)].sort() });
  });
}

function rule(from: Caller, operation: { ports: string[]; methods?: string[]; paths: string[] }): Rule {
  return { from: [{ source: { principals: [principalOf(from)] } }], to: [{ operation }] };
}

/** Prometheus comes without a certificate of the mesh, so that it works wherever it runs; the network policies say that nobody else comes. */
const metricsRule: Rule = {
  to: [{ operation: { ports: [String(ports.metrics)], methods: ['GET'], paths: ['/metrics'] } }],
};

function policy(name: string, workload: Workload, rules: Rule[]): Policy {
  return {
    apiVersion: 'security.istio.io/v1',
    kind: 'AuthorizationPolicy',
    metadata: { name, namespace },
    spec: { selector: { matchLabels: labelsOf(workload) }, action: 'ALLOW', rules },
  };
}
