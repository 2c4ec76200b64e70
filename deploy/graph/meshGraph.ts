import type { DescMethod } from '@bufbuild/protobuf';
import { type ServiceName, serviceNames } from '#shared/config/service';
import { readConfig } from '../../gateway/config.ts';
import { loadContract } from '../../gateway/src/contract/contract.ts';
import { buildRouteTable, type RouteTable } from '../../gateway/src/routes/routeTable.ts';
import { Upstreams } from '../../gateway/src/upstream/upstreams.ts';
import { callGraph, pathOf } from './callGraph.ts';
import { contractMethods, isForPeople, serversOf } from './contract.ts';

/** Who calls methods: the services, the gateway, and two kinds of callers that do not belong to the mesh. */
export type Caller = ServiceName | 'gateway' | 'ingress' | 'access-network';

export interface MeshEdge {
  from: Caller;
  to: ServiceName;
  method: DescMethod;
}

export interface MeshGraph {
  edges: MeshEdge[];
  /** Every method of the contracts. */
  methods: DescMethod[];
  /** Path prefixes under which the gateway answers. */
  gatewayPaths: string[];
}

/** Who calls which method of whom, out of the code and the contracts alone. */
export async function meshGraph(): Promise<MeshGraph> {
  const methods = contractMethods();
  const routes = gatewayRoutes();
  const throughGateway = methods.filter((method) => routes.grpc.has(pathOf(method)));
  return {
    methods,
    edges: [
      ...(await callGraph()),
      ...edges('gateway', throughGateway),
      ...edges(
        'ingress',
        methods.filter((method) => isForPeople(method) && !throughGateway.includes(method)),
      ),
      ...edges(
        'access-network',
        methods.filter(({ parent }) => parent.typeName === 'jangbu.rating.v1.ChargingService'),
      ),
    ],
    gatewayPaths: gatewayPaths(routes),
  };
}

function edges(from: Caller, methods: DescMethod[]): MeshEdge[] {
  return methods.flatMap((method) => serversOf(method).map((to) => ({ from, to, method })));
}

/** The gateway's own table, as it is built where it is started in the mesh: what is not in it cannot be called through it. */
function gatewayRoutes(): RouteTable {
  const addresses = serviceNames.map((name) => [`${name.toUpperCase()}_ADDRESS`, `${name}:9000`]);
  const { descriptors, upstreams: rules, expose, messageBytes } = readConfig(Object.fromEntries(addresses));
  using upstreams = new Upstreams(rules, messageBytes);
  const served = loadContract(descriptors).services.filter(({ typeName }) => upstreams.serves(typeName));
  return buildRouteTable(served, expose);
}

/** REST by the first part of its paths, gRPC-Web by packages, and the pages of the contract; not the probes. */
function gatewayPaths({ bindings, grpc }: RouteTable): string[] {
  const rest = bindings.map(({ route }) => `/${route.split('/')[1]}/`);
  const packages = [...grpc.keys()].map((path) => `${path.split('.').slice(0, 2).join('.')}.`);
  return [...new Set([...rest, ...packages, '/openapi.json', '/docs'])].sort();
}
