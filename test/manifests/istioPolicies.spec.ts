import { beforeAll, describe, expect, it } from 'vitest';
import { accessNetworkPolicies, authorizationPolicies } from '../../deploy/graph/authorization.ts';
import { pathOf } from '../../deploy/graph/callGraph.ts';
import { isForPeople } from '../../deploy/graph/contract.ts';
import { type Caller, type MeshGraph, meshGraph } from '../../deploy/graph/meshGraph.ts';
import { everyWorkload, labelsOf, principalOf, type Workload, workloads } from '../../deploy/graph/platform.ts';
import { isAllowed, type Request } from './istioAuthorization.ts';
import { type Manifest, objectsIn, ofKind, rendered } from './manifest.ts';

const callers: Caller[] = [...workloads, 'ingress', 'access-network'];
const stranger = 'cluster.local/ns/default/sa/default';
/** What services answer besides their contracts, and what no service has. */
const uncontracted = [
  '/grpc.health.v1.Health/Check',
  '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
  '/jangbu.billing.v1.BalanceService/',
  '/jangbu.billing.v1.BalanceService/ReserveMore',
  '/',
];

let graph: MeshGraph;
let policies: Manifest[];
beforeAll(async () => {
  graph = await meshGraph();
  policies = ofKind(rendered('istio/policies'), 'AuthorizationPolicy');
});

const labels = (workload: Workload) => ({ ...everyWorkload, ...labelsOf(workload) });

/** Every triple of caller, workload and path that the policies let through, with gRPC's method and port. */
function allowed(some: Manifest[], { methods }: MeshGraph): string[] {
  const paths = [...methods.map(pathOf), ...uncontracted];
  const principals = [
    ...callers.map((caller) => [caller, principalOf(caller)] as const),
    ['stranger', stranger] as const,
  ];
  return workloads
    .filter((workload) => workload !== 'gateway')
    .flatMap((workload) =>
      [...principals, ['nobody', undefined] as const].flatMap(([caller, principal]) =>
        paths
          .filter((path) => isAllowed(some, labels(workload), { principal, port: 9000, method: 'POST', path }))
          .map((path) => `${caller} → ${workload} ${path}`),
      ),
    )
    .sort();
}

const called = ({ edges }: MeshGraph) =>
  [...new Set(edges.map(({ from, to, method }) => `${from} → ${to} ${pathOf(method)}`))].sort();
const without = (caller: Caller, all: MeshGraph): MeshGraph => ({
  ...all,
  edges: all.edges.filter(({ from }) => from !== caller),
});

describe('MESH-7: who may call what', () => {
  it('is what the code calls: nothing less and nothing more', () => {
    expect(allowed(policies, graph)).toEqual(called(without('access-network', graph)));
    expect(called(graph).length).toBeGreaterThan(100);
  });

  it('is, with access networks, prepaid charging as well', () => {
    const both = [...policies, ...objectsIn('istio/policies/access-network/authorization.yaml')];
    expect(allowed(both, graph)).toEqual(called(graph));
  });

  it('notices a call that no policy allows, and a policy that nobody needs', () => {
    const [first] = graph.edges;
    if (!first) throw new Error('unreachable: the graph has edges');
    const unforeseen = { ...graph, edges: [...graph.edges, { ...first, from: 'mypage' as const }] };
    expect(allowed(policies, graph)).not.toEqual(called(without('access-network', unforeseen)));
    const less = { ...graph, edges: graph.edges.filter((edge) => edge !== first) };
    expect(allowed(policies, graph)).not.toEqual(called(without('access-network', less)));
    expect(allowed(authorizationPolicies(less) as Manifest[], graph)).toEqual(called(without('access-network', less)));
  });

  it('opens what is for services only to no gateway and no ingress', () => {
    const reached = allowed(policies, graph).filter((triple) => /^(gateway|ingress) /.test(triple));
    const inMesh = graph.methods.filter((method) => !isForPeople(method)).map(pathOf);
    expect(inMesh.length).toBeGreaterThan(10);
    expect(reached.filter((triple) => inMesh.some((path) => triple.endsWith(` ${path}`)))).toEqual([]);
    expect(reached.filter((triple) => triple.startsWith('ingress'))).toEqual([
      'ingress → rating /jangbu.rating.v1.UsageService/ReportUsage',
    ]);
  });

  it('leaves without a caller only what nobody calls', () => {
    const uncalled = graph.methods
      .map(pathOf)
      .filter((path) => !graph.edges.some(({ method }) => pathOf(method) === path));
    expect(uncalled).toEqual(['/jangbu.billing.v1.ChargeService/Refund']);
  });

  it('denies where a workload has no policy of its own', () => {
    const request = { principal: principalOf('gateway'), port: 9000, method: 'POST', path: '/' };
    expect(isAllowed(policies, everyWorkload, request)).toBe(false);
    expect(isAllowed([], everyWorkload, request)).toBe(true);
  });

  it('lets the ingress alone to the gateway, and only where it answers the world', () => {
    const to = (path: string, principal = principalOf('ingress')) => ({ principal, port: 8088, method: 'GET', path });
    const passes = (request: Request) => isAllowed(policies, labels('gateway'), request);
    for (const path of [
      '/v1/lines',
      '/v1/lines/x:suspend',
      '/jangbu.ordering.v1.LineService/GetLine',
      '/docs',
      '/openapi.json',
    ]) {
      expect(passes(to(path)), path).toBe(true);
      expect(passes(to(path, principalOf('ordering'))), path).toBe(false);
    }
    for (const path of ['/healthz', '/readyz', '/metrics', '/v2/lines']) expect(passes(to(path)), path).toBe(false);
  });

  it('lets everybody read metrics and nothing else at their port', () => {
    for (const workload of workloads) {
      const request = { port: 9464, method: 'GET', path: '/metrics' };
      expect(isAllowed(policies, labels(workload), request)).toBe(true);
      expect(isAllowed(policies, labels(workload), { ...request, port: 9000 })).toBe(false);
      expect(isAllowed(policies, labels(workload), { ...request, path: '/' })).toBe(false);
    }
  });

  it('names callers by account and calls by method, never by pattern', () => {
    const rules = [...authorizationPolicies(graph), ...accessNetworkPolicies(graph)]
      .filter(({ metadata }) => metadata?.name !== 'gateway')
      .flatMap(({ spec }) => spec?.rules ?? []);
    expect(JSON.stringify(rules)).not.toContain('*');
  });
});

describe('MESH-7: tokens and certificates', () => {
  it('of a service are asked for by every proxy but the gateway’s, and handed on', () => {
    const authentications = ofKind(rendered('istio/policies'), 'RequestAuthentication');
    const selected = authentications.map(({ spec }) => spec.selector.matchLabels['app.kubernetes.io/name']);
    expect(selected.sort()).toEqual(workloads.filter((name) => name !== 'gateway').sort());
    for (const { spec } of authentications) {
      expect(spec.jwtRules).toHaveLength(1);
      expect(spec.jwtRules[0]).toMatchObject({ forwardOriginalToken: true, audiences: ['jangbu'] });
      expect(spec.jwtRules[0].fromHeaders.map(({ name }: { name: string }) => name)).toEqual(['authorization']);
    }
    // A call without a token reaches its service, which knows whether it needs one: no policy asks for a token's principal.
    expect(JSON.stringify(policies)).not.toContain('requestPrincipals');
  });

  it.each(['staging', 'prod'])('of a service are in %s those that the service itself takes', (overlay) => {
    const objects = rendered(`deploy/k8s/overlays/${overlay}`);
    const settings = objects.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.startsWith('mesh-settings'),
    );
    const { OIDC_ISSUER, OIDC_JWKS_URL, OIDC_AUDIENCE } =
      (settings as { data?: Record<string, string> } | undefined)?.data ?? {};
    const rules = ofKind(objects, 'RequestAuthentication').flatMap(({ spec }) => spec.jwtRules);
    expect(rules).toHaveLength(workloads.length - 1);
    for (const rule of rules)
      expect(rule).toMatchObject({ issuer: OIDC_ISSUER, jwksUri: OIDC_JWKS_URL, audiences: [OIDC_AUDIENCE] });
  });

  it('of the mesh are needed everywhere but for metrics', () => {
    const peers = ofKind(rendered('istio/base'), 'PeerAuthentication');
    expect(peers.map(({ spec }) => spec.mtls.mode)).toEqual(['STRICT', 'STRICT']);
    expect(peers.flatMap(({ spec }) => Object.keys(spec.portLevelMtls ?? {}))).toEqual(['9464']);
  });
});
