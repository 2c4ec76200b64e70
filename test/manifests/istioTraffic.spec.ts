import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DescMethod } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel as Level } from '@bufbuild/protobuf/wkt';
import { beforeAll, describe, expect, it } from 'vitest';
import { serviceNames } from '#shared/config/service';
import { pathOf } from '../../deploy/graph/callGraph.ts';
import { serversOf } from '../../deploy/graph/contract.ts';
import { gatewaySeconds, inMeshSeconds } from '../../deploy/graph/deadlines.ts';
import { type MeshGraph, meshGraph } from '../../deploy/graph/meshGraph.ts';
import { hostOf, outside, partitionsHost, workloads } from '../../deploy/graph/platform.ts';
import { moneyMovers } from '../../deploy/graph/repeating.ts';
import { serviceRoutes } from '../../deploy/graph/routes.ts';
import { hostsOf } from '../../deploy/graph/sidecars.ts';
import { readConfig } from '../../gateway/config.ts';
import { type Manifest, ofKind, rendered } from './manifest.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

let graph: MeshGraph;
let traffic: Manifest[];
beforeAll(async () => {
  graph = await meshGraph();
  traffic = rendered('istio/traffic');
});

interface Route {
  match?: { uri: { exact: string } }[];
  timeout?: string;
  retries: { attempts: number; retryOn?: string };
  route: { destination: { host: string } }[];
}

/** The route that a proxy takes for a path of a host: the first that matches. */
function routeOf(objects: Manifest[], host: string, path: string): Route {
  const [only, ...more] = ofKind(objects, 'VirtualService').filter(({ spec }) => spec.hosts.includes(host));
  const routes: Route[] = only?.spec.http ?? [];
  const found = routes.find(({ match }) => !match || match.some(({ uri }) => uri.exact === path));
  if (!found || more.length > 0) throw new Error(`${host} has no one route for ${path}`);
  return found;
}

const seconds = ({ timeout }: Route) => (timeout === undefined ? undefined : Number(/^(\d+)s$/.exec(timeout)?.[1]));
const served = () => graph.methods.flatMap((method) => serversOf(method).map((server) => ({ method, server })));

/** Methods that proxies may repeat although the contract does not say that they may, or although money moves. */
function wronglyRepeated(objects: Manifest[]): string[] {
  const movers = moneyMovers(graph);
  return served()
    .filter(({ method, server }) => routeOf(objects, hostOf(server), pathOf(method)).retries.attempts > 0)
    .filter(({ method }) => {
      const mayComeTwice = [Level.NO_SIDE_EFFECTS, Level.IDEMPOTENT].includes(method.idempotency);
      const readsOnly = method.idempotency === Level.NO_SIDE_EFFECTS;
      const moves = !readsOnly && serversOf(method).some((service) => movers.has(service));
      return !mayComeTwice || moves || method.methodKind !== 'unary';
    })
    .map(({ method }) => pathOf(method));
}

/**
 * What may move money, told by people who know the businesses and not by the contracts' own words for repeating: all of billing but its readings, what ends in
 * a charge, a refund or points, what opens or closes accounts and months, usage that is charged, events that are sent again.
 */
function movesMoneyByName(method: DescMethod): boolean {
  const { name, parent } = method;
  if (/^(Get|List|Explain)/.test(name)) return false;
  const inBilling = parent.file.proto.package === 'jangbu.billing.v1';
  const services = ['LineService', 'OrderService', 'PurchaseService', 'RideService', 'VisitService', 'PenaltyService'];
  const others = ['ChargingService', 'UsagePartitionService', 'RatingAccountService', 'DeadLetterService'];
  const named = ['ClosePeriod', 'ReratePeriod', 'BatchReportUsage', 'ReportUsage', 'ImportUsageFile'];
  return inBilling || [...services, ...others].includes(parent.name) || named.includes(name);
}

const repeatedMoney = (objects: Manifest[]) =>
  served()
    .filter(({ method, server }) => {
      const { retries } = routeOf(objects, hostOf(server), pathOf(method));
      return movesMoneyByName(method) && retries.attempts !== 0;
    })
    .map(({ method }) => pathOf(method));

describe('MESH-7: what proxies repeat', () => {
  it('is what may come twice and moves no money', () => {
    expect(wronglyRepeated(traffic)).toEqual([]);
    const read = routeOf(traffic, hostOf('ordering'), '/jangbu.ordering.v1.OrderService/GetOrder');
    expect(read.retries).toEqual({ attempts: 2, retryOn: 'connect-failure,refused-stream,reset' });
  });

  it('is nothing of what moves a balance, a payment or a charge, whatever the contract says of repeating it', () => {
    expect([...moneyMovers(graph)].sort()).toEqual(['billing', 'ordering', 'rating']);
    const moving = served().filter(({ method }) => movesMoneyByName(method));
    expect(moving.length).toBeGreaterThan(40);
    expect(repeatedMoney(traffic)).toEqual([]);
    // A debit that is said to change nothing would be repeated, and is noticed.
    const debit = graph.methods.find((method) => pathOf(method).endsWith('BalanceService/Debit'));
    if (!debit) throw new Error('unreachable: there is such a method');
    const changed = Object.create(debit, { idempotency: { value: Level.NO_SIDE_EFFECTS } });
    const methods = graph.methods.map((method) => (method === debit ? changed : method));
    expect(repeatedMoney(serviceRoutes({ ...graph, methods }) as unknown as Manifest[])).toEqual([pathOf(debit)]);
  });

  it('is said for every route, because Istio repeats what it is told nothing about', () => {
    const all = [...ofKind(traffic, 'VirtualService'), ...ofKind(rendered('istio/ingress'), 'VirtualService')];
    const attempts = all.flatMap(({ spec }) => spec.http.map(({ retries }: Route) => retries?.attempts));
    expect(attempts.length).toBeGreaterThan(15);
    expect(attempts.filter((count) => count === undefined)).toEqual([]);
    for (const name of serviceNames)
      expect(routeOf(traffic, hostOf(name), '/grpc.reflection.v1/x').retries.attempts).toBe(0);
  });

  it('is noticed where a contract changes its mind', () => {
    const reading = graph.methods.find((method) => pathOf(method).endsWith('/GetOrder'));
    if (!reading) throw new Error('unreachable: there is such a method');
    const changed = Object.create(reading, { idempotency: { value: Level.IDEMPOTENCY_UNKNOWN } });
    const other = { ...graph, methods: graph.methods.map((method) => (method === reading ? changed : method)) };
    const routes = serviceRoutes(other) as unknown as Manifest[];
    expect(routeOf(routes, hostOf('ordering'), pathOf(reading)).retries.attempts).toBe(0);
    const kept = graph.methods;
    graph = other;
    expect(wronglyRepeated(traffic)).toEqual([pathOf(reading)]);
    graph = { ...other, methods: kept };
  });
});

describe('MESH-7: timeouts', () => {
  it('are there for every method but streams, which last as long as what they carry', () => {
    for (const { method, server } of served()) {
      const timeout = seconds(routeOf(traffic, hostOf(server), pathOf(method)));
      if (method.methodKind === 'unary') expect(timeout, pathOf(method)).toBeGreaterThan(0);
      else expect(timeout, pathOf(method)).toBeUndefined();
    }
  });

  it('are longer than any deadline of the code', () => {
    for (const { method, from, to } of graph.edges) {
      if (method.methodKind !== 'unary') continue;
      const host = from === to ? partitionsHost : hostOf(to);
      const limit = from === 'gateway' ? gatewaySeconds : inMeshSeconds;
      expect(seconds(routeOf(traffic, host, pathOf(method))), pathOf(method)).toBeGreaterThan(limit);
    }
    const { edge } = readConfig({ UPSTREAMS: 'x:1' });
    expect(edge.timeouts.defaultMs).toBeLessThanOrEqual(gatewaySeconds * 1_000);
  });

  it('know the longest of them', () => {
    const deadlines = globSync('services/**/*.ts', { cwd: root })
      .filter((file) => !/\.spec\.ts$|\.child\.ts$|\/testing(\/|\.ts$)/.test(file))
      .flatMap((file) => {
        const text = readFileSync(`${root}/${file}`, 'utf8');
        const found = text.matchAll(/\b(?:deadlineMs|callMs|usualMs|attemptMs)\s*[:=]\s*([\d_]+)/g);
        return [...found].map(([, number = '']) => ({ file, ms: Number(number.replaceAll('_', '')) }));
      });
    expect(deadlines.length).toBeGreaterThan(8);
    // Reading the event log is a stream.
    expect(deadlines.filter(({ ms }) => ms > inMeshSeconds * 1_000).map(({ file }) => file)).toEqual([
      'services/mypage/rebuild/eventLog.ts',
    ]);
  });
});

describe('MESH-7: connections', () => {
  const poolOf = (name: string) =>
    ofKind(traffic, 'DestinationRule').find(({ metadata }) => metadata.name === name)?.spec.trafficPolicy.connectionPool
      .http;

  it('to the gateway are given up before the gateway does', () => {
    const { server } = readConfig({ UPSTREAMS: 'x:1' }).edge;
    const own = ofKind(traffic, 'Sidecar').find(({ metadata }) => metadata.name === 'gateway')?.spec
      .inboundConnectionPool.http;
    for (const { idleTimeout } of [poolOf('gateway'), own]) {
      expect(Number(/^(\d+)s$/.exec(idleTimeout)?.[1]) * 1_000).toBeLessThan(server.keepAliveMs);
    }
  });

  it('of one caller are at one gateway, whichever zone they come in by', () => {
    const gateway = ofKind(traffic, 'DestinationRule').find(({ metadata }) => metadata.name === 'gateway');
    // With outliers detected, Istio keeps to a zone unless it is told not to.
    expect(gateway?.spec.trafficPolicy).toMatchObject({
      outlierDetection: {},
      loadBalancer: { consistentHash: { httpHeaderName: 'authorization' }, localityLbSetting: { enabled: false } },
    });
  });

  it('carry as many calls as the gateway lets in', () => {
    const { load } = readConfig({ UPSTREAMS: 'x:1' }).edge;
    for (const name of workloads) expect(poolOf(name).http2MaxRequests, name).toBeGreaterThanOrEqual(load.requests);
  });
});

describe('MESH-7: scopes', () => {
  it('of a proxy hold whom its workload calls, and what lies outside for it alone', () => {
    const scopes = ofKind(traffic, 'Sidecar');
    expect(scopes.map(({ metadata }) => metadata.name).sort()).toEqual([...workloads].sort());
    for (const workload of workloads) {
      const hosts: string[] = scopes.find(({ metadata }) => metadata.name === workload)?.spec.egress[0].hosts ?? [];
      const called = graph.edges
        .filter(({ from }) => from === workload)
        .map(({ from, to }) => (from === to ? 'rating-partitions' : to));
      const services = hosts.flatMap((host) => /^\.\/([a-z-]+)\.jangbu\.svc\.cluster\.local$/.exec(host)?.[1] ?? []);
      const platform = ['postgres-rw', 'postgres-recovered-rw', 'nats', 'nats-headless'];
      expect(services.filter((name) => !platform.includes(name)).sort()).toEqual([...new Set(called)].sort());
      for (const { host, callers } of outside)
        expect(hosts.includes(`./${host}`), host).toBe(callers.includes(workload));
      expect(hosts.filter((host) => host.includes('*'))).toEqual([]);
    }
  });

  it('hold the database, and the one that it is recovered as', () => {
    const folders = ['deploy/k8s/overlays/prod', 'deploy/k8s/components/cloudnative-pg/recovery'];
    const clusters = folders
      .flatMap((folder) => ofKind(rendered(folder), 'Cluster'))
      .map(({ metadata }) => metadata.name);
    expect(clusters).toHaveLength(2);
    for (const service of serviceNames) {
      const wanted = clusters.map((name) => `./${hostOf(`${name}-rw`)}`);
      expect(hostsOf(service, graph)).toEqual(expect.arrayContaining(wanted));
    }
  });

  it('change with the calls', () => {
    const less = graph.edges.filter(({ from, to }) => !(from === 'notification' && to === 'settlement'));
    expect(hostsOf('notification', graph)).toContain(`./${hostOf('settlement')}`);
    expect(hostsOf('notification', { edges: less })).not.toContain(`./${hostOf('settlement')}`);
  });

  it('of the ingress hold native gRPC alone where a service is spoken to directly', () => {
    const [direct] = ofKind(rendered('istio/ingress'), 'VirtualService').flatMap(({ spec }) => spec.http);
    // Envoy matches the whole of a header.
    const types = (direct?.match ?? []).map(
      ({ headers }: { headers: { 'content-type': { regex: string } } }) =>
        new RegExp(`^(?:${headers['content-type'].regex})$`),
    );
    const takes = (type: string) => types.every((pattern: RegExp) => pattern.test(type));
    expect(['application/grpc', 'application/grpc+proto'].filter(takes)).toHaveLength(2);
    // The gateway answers these, and in words that a browser may read.
    const others = [
      'application/grpc-web',
      'application/grpc-web+proto',
      'application/grpc-web-text',
      'application/json',
    ];
    expect(others.filter(takes)).toEqual([]);
  });

  it('name hosts that are there', () => {
    const known = [
      ...ofKind(traffic, 'ServiceEntry').flatMap(({ spec }) => spec.hosts),
      ...workloads.map(hostOf),
      partitionsHost,
    ];
    const ruled = ofKind(traffic, 'DestinationRule').map(({ spec }) => spec.host);
    const routed = ofKind(traffic, 'VirtualService').flatMap(({ spec }) => [
      ...spec.hosts,
      ...spec.http.flatMap(({ route }: Route) => route.map(({ destination }) => destination.host)),
    ]);
    expect([...ruled, ...routed].filter((host) => !known.includes(host))).toEqual([]);
    expect(ruled.sort()).toEqual([...workloads.map(hostOf), partitionsHost].sort());
  });

  it('hold the hosts of every URL that programs are configured with', () => {
    const settings = globSync('deploy/k8s/base/settings/*.env', { cwd: root });
    for (const file of settings) {
      const name = /([a-z]+)\.env$/.exec(file)?.[1] ?? '';
      const readers = name === 'mesh' ? serviceNames : workloads.filter((workload) => workload === name);
      const text = readFileSync(`${root}/${file}`, 'utf8');
      for (const reader of readers) expect(unreachable(hostsOf(reader, graph), text), `${reader}: ${file}`).toEqual([]);
    }
    const example =
      'OIDC_ISSUER=https://id.jangbu.example/x\nNATS_URL=nats://nats:4222\nELSE=https://elsewhere.example/';
    expect(unreachable(hostsOf('mypage', graph), example)).toEqual(['elsewhere.example']);
    expect(unreachable(hostsOf('gateway', graph), example)).toEqual(['nats', 'elsewhere.example']);
  });
});

/** Hosts of URLs in settings that are in nobody's scope, with short names as the cluster's DNS completes them. */
function unreachable(scope: string[], settings: string): string[] {
  const known = scope.map((host) => host.split('/')[1] ?? '');
  const urls = settings.matchAll(/^[A-Z_]+=([a-z]+:\/\/\S+)$/gm);
  return [...urls]
    .map(([, url = '']) => new URL(url).hostname)
    .filter((host) => !known.some((one) => one === host || one.startsWith(`${host}.`)));
}
