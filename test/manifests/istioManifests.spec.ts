import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readEnvironment } from '#shared/config/environment';
import { gatewaySeconds } from '../../deploy/graph/deadlines.ts';
import { manifests } from '../../deploy/graph/manifests.ts';
import { type MeshGraph, meshGraph } from '../../deploy/graph/meshGraph.ts';
import { ingress, partitionsHost, ports, postgres, principalOf } from '../../deploy/graph/platform.ts';
import { readConfig } from '../../gateway/config.ts';
import { readRatingConfig } from '../../services/rating/config.ts';
import { schemaFaults, unknownFields } from './istioSchemas.ts';
import { type Manifest, nameOf, objectsIn, ofKind, rendered } from './manifest.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

let graph: MeshGraph;
let objects: Manifest[];
let overlay: Manifest[];
beforeAll(async () => {
  graph = await meshGraph();
  const istio = ['istio', 'istio/telemetry/ingress'].flatMap(rendered);
  const additional = ['deploy/k8s/base/network-policies.yaml', 'istio/policies/access-network/network-policy.yaml'];
  objects = [
    ...istio,
    ...objectsIn('istio/telemetry/proxies/pod-monitor.yaml'),
    ...additional.flatMap(objectsIn),
    ...objectsIn('istio/policies/access-network/authorization.yaml'),
  ];
  overlay = rendered('test/fixtures/istio/overlay');
});

describe('MESH-7: the manifests', () => {
  it('that are generated are what the contracts and the calls give', () => {
    for (const [file, text] of manifests(graph)) {
      expect(readFileSync(`${root}/${file}`, 'utf8'), `${file}: npm run generate`).toBe(text);
    }
  });

  it('would be others after a call more', () => {
    const [first] = graph.edges;
    if (!first) throw new Error('unreachable: the graph has edges');
    const before = manifests(graph);
    const after = manifests({ ...graph, edges: [...graph.edges, { ...first, from: 'mypage', to: 'settlement' }] });
    const changed = [...after].filter(([file, text]) => before.get(file) !== text).map(([file]) => file);
    expect(changed).toEqual([
      'istio/policies/authorization.yaml',
      'istio/traffic/sidecars.yaml',
      'deploy/k8s/base/network-policies.yaml',
    ]);
  });

  it('keep to their schemas', async () => {
    expect(await schemaFaults([...objects, ...overlay])).toEqual([]);
    const broken = structuredClone(ofKind(objects, 'AuthorizationPolicy'));
    for (const { spec } of broken) spec.action = 'PERMIT';
    expect(await schemaFaults(broken)).toHaveLength(broken.length);
  });

  it('have no duration under a millisecond, which the CRDs’ own rules refuse and their schemas do not know', () => {
    const durations = (value: unknown, path: string): string[] => {
      if (typeof value === 'string') return /^\d+(\.\d+)?(ms|s|m|h)$/.test(value) ? [`${path} ${value}`] : [];
      if (typeof value !== 'object' || value === null) return [];
      return Object.entries(value).flatMap(([key, inner]) => durations(inner, `${path}.${key}`));
    };
    const istio = [...objects, ...overlay].filter(({ apiVersion }) => apiVersion.includes('istio.io/'));
    const all = istio.flatMap((object) => durations(object.spec, nameOf(object)));
    expect(all.length).toBeGreaterThan(20);
    expect(all.filter((text) => / 0+(\.0+)?(ms|s|m|h)$/.test(text))).toEqual([]);
  });

  it('hold no field that their kind does not have', () => {
    const broken = structuredClone(ofKind(objects, 'PeerAuthentication')[0]) as Manifest;
    broken.spec = { ...broken.spec, mtls: { mode: 'STRICT', strict: true } };
    const faults = unknownFields([...objects, ...overlay, broken]);
    expect(faults).toEqual([expect.stringMatching(/^PeerAuthentication\/.*strict/)]);
  });

  it('have names of their own', () => {
    const names = objects.map((object) => `${nameOf(object)} in ${object.metadata.namespace}`);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    expect(objects.filter(({ metadata }) => !['jangbu', 'istio-ingress'].includes(metadata.namespace ?? ''))).toEqual(
      [],
    );
  });

  it('leave CORS and deadlines to the gateway', () => {
    const [entry] = ofKind(objects, 'VirtualService').filter(({ metadata }) => metadata.name === 'ingress');
    expect(JSON.stringify(entry)).not.toContain('corsPolicy');
    expect(entry?.spec.http.map(({ timeout }: { timeout: string }) => timeout)).toEqual([undefined, undefined]);
  });
});

describe('MESH-7: the mesh’s own settings', () => {
  it('hold applications until their proxy runs, repeat nothing unasked, and know what the telemetry names', () => {
    const { meshConfig } = parse(readFileSync(`${root}/istio/base/istiod-values.yaml`, 'utf8'));
    expect(meshConfig.defaultConfig.holdApplicationUntilProxyStarts).toBe(true);
    expect(meshConfig.defaultHttpRetryPolicy.attempts).toBe(0);
    const providers = meshConfig.extensionProviders.map(({ name }: { name: string }) => name);
    const used = ofKind(objects, 'Telemetry').flatMap(({ spec }) =>
      [...spec.tracing, ...spec.accessLogging].flatMap(({ providers }) =>
        providers.map(({ name }: { name: string }) => name),
      ),
    );
    expect([...new Set(used)].sort()).toEqual([...providers].sort());
  });

  it('keep off the proxies’ spans what would say who is meant', () => {
    const tracing = ofKind(objects, 'Telemetry').flatMap(({ spec }) => spec.tracing);
    expect(tracing).toHaveLength(2);
    for (const { customTags } of tracing) {
      for (const tag of ['http.url', 'peer.address', 'user_agent'])
        expect(customTags[tag]).toHaveProperty('literal.value');
    }
  });

  it('give no proxy to PostgreSQL’s pods, the jobs before them included, which bear no label that an overlay could give', () => {
    const { sidecarInjectorWebhook } = parse(readFileSync(`${root}/istio/base/istiod-values.yaml`, 'utf8'));
    const keys = sidecarInjectorWebhook.neverInjectSelector.flatMap(
      ({ matchExpressions }: { matchExpressions: { key: string; operator: string }[] }) =>
        matchExpressions.map(({ key, operator }) => `${key} ${operator}`),
    );
    expect(keys).toEqual([`${postgres.having} Exists`]);
  });

  it('install the ingress under the name that policies know it by, which says who called', () => {
    const text = readFileSync(`${root}/istio/ingress/gateway-values.yaml`, 'utf8');
    const [, release, namespace] = /helm upgrade --install (\S+) \S+ -n (\S+)/.exec(text) ?? [];
    // The chart's account is named as the release, and its pods' label as what stands behind `istio-`.
    expect(principalOf('ingress')).toBe(`cluster.local/ns/${namespace}/sa/${release}`);
    const pods = { namespace, labels: { istio: release?.replace(/^istio-/, '') } };
    expect(ingress).toEqual(pods);
    const [gateway] = ofKind(objects, 'Gateway');
    expect(gateway?.spec.selector).toEqual(pods.labels);
    expect(parse(text).service.externalTrafficPolicy).toBe('Local');
    const drained = ofKind(rendered('deploy/k8s/base'), 'Deployment').find(
      ({ metadata }) => metadata.name === 'gateway',
    );
    const { terminationGracePeriodSeconds } = drained?.spec.template.spec ?? {};
    expect(parse(text).terminationGracePeriodSeconds).toBeGreaterThanOrEqual(terminationGracePeriodSeconds);
  });
});

describe('MESH-7: an overlay', () => {
  it('lets an access network’s proxies know rating’s routes, so that they repeat no charge', () => {
    for (const kind of ['VirtualService', 'DestinationRule']) {
      const known = (some: Manifest[]) =>
        ofKind(some, kind)
          .filter(({ spec }) => spec.exportTo.includes('access-network'))
          .map(({ metadata }) => metadata.name);
      expect([known(objects), known(overlay)]).toEqual([[], ['rating']]);
    }
  });

  it.each(['staging', 'prod'])('samples in %s as its programs do, where proxies begin a trace', (name) => {
    const own = rendered(`deploy/k8s/overlays/${name}`);
    const settings = own.filter(({ kind }) => kind === 'ConfigMap') as unknown as { data: Record<string, string> }[];
    const shares = settings.flatMap(({ data }) =>
      data.OTEL_TRACES_SAMPLER_ARG ? [Number(data.OTEL_TRACES_SAMPLER_ARG) * 100] : [],
    );
    const [telemetry] = ofKind(own, 'Telemetry');
    expect(shares.length).toBeGreaterThan(1);
    expect(new Set(shares)).toEqual(new Set([telemetry?.spec.tracing[0].randomSamplingPercentage]));
  });

  it('writes its own names wherever the examples stand', () => {
    const text = JSON.stringify(overlay);
    expect(text).not.toContain('jangbu.example');
    expect(text).not.toContain('mesh-names');
    const scope = ofKind(overlay, 'Sidecar').find(({ metadata }) => metadata.name === 'notification');
    expect(scope?.spec.egress[0].hosts).toEqual(
      expect.arrayContaining(['./login.shop.test', './sms.shop.test', './mail.shop.test']),
    );
    const entries = ofKind(overlay, 'ServiceEntry').flatMap(({ spec }) => spec.hosts);
    expect(entries.sort()).toEqual(['login.shop.test', 'mail.shop.test', 'pay.shop.test', 'sms.shop.test']);
  });

  const folders = ['test/fixtures/istio/overlay', 'deploy/k8s/overlays/staging', 'deploy/k8s/overlays/prod'];
  it.each(folders)('tells programs what the mesh takes for granted of them: %s', (folder) => {
    const deployments = ofKind(rendered(folder), 'Deployment').filter(({ metadata }) =>
      /gateway|rating/.test(metadata.name),
    );
    const all = deployments.flatMap(({ spec }) => spec.template.spec.containers[0].env);
    const settings = all.filter(({ name }) => ['MAX_TIMEOUT_MS', 'RATING_PARTITIONS_AUTHORITY'].includes(name));
    expect(settings).toContainEqual({ name: 'MAX_TIMEOUT_MS', value: String(gatewaySeconds * 1_000) });
    expect(settings).toContainEqual({ name: 'RATING_PARTITIONS_AUTHORITY', value: `${partitionsHost}:${ports.grpc}` });
    const known = { DATABASE_URL: 'pg://x', NATS_URL: 'nats://x', OIDC_ISSUER: 'x', OIDC_JWKS_URL: 'http://x' };
    const variables = Object.fromEntries(settings.map(({ name, value }) => [name, value]));
    expect(readConfig({ UPSTREAMS: 'x:1', ...variables }).edge.timeouts.maxMs).toBe(gatewaySeconds * 1_000);
    const rating = readEnvironment({ ...known, ...variables }, readRatingConfig);
    expect(rating.partitionsAuthority).toBe(`${partitionsHost}:${ports.grpc}`);
  });
});
