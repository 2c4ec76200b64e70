import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { developmentObjects } from '../../deploy/k8s/overlays/dev/secrets.ts';
import { composeText, parseCompose, together } from './composeFiles.ts';
import { find, isOfIdentity, type Manifest, nameOf, ofKind, workloadsOf } from './manifest.ts';
import { container, get, overlays, renderedOverlays } from './overlays.ts';
import { exactImages, limitedResources } from './rules/pods.ts';
import { schemaFaults } from './strict.ts';

let of: Map<string, Manifest[]>;
beforeAll(async () => {
  of = renderedOverlays();
});
const objectsOf = (overlay: string) => of.get(overlay) ?? [];

describe('MESH-6 schemas', () => {
  it.each([...overlays, 'recovery'])(
    '%s: every object fits its schema, with no field that the schema does not have',
    async (overlay) => {
      const objects = objectsOf(overlay);
      expect(objects.length).toBeGreaterThan(0);
      const faults = await Promise.all(
        objects.map(async (each) => (await schemaFaults(each)).map((fault) => `${nameOf(each)}: ${fault}`)),
      );
      expect(faults.flat()).toEqual([]);
    },
  );

  it('refuses a field that is misspelt, missing, of another type or at another place', async () => {
    const broken = async (kind: string, name: string, change: (object: Manifest) => void) => {
      const object = structuredClone(find(objectsOf('prod'), kind, name));
      if (!object) throw new Error(`no ${kind} ${name}`);
      change(object);
      return schemaFaults(object);
    };
    const changes: [string, string, (object: Manifest) => void][] = [
      ['Deployment', 'billing', ({ spec }) => Object.assign(spec, { replica: 2 })],
      ['Deployment', 'billing', ({ spec }) => Object.assign(spec.template.spec.containers[0], { resource: {} })],
      [
        'Deployment',
        'billing',
        ({ spec }) => Object.assign(spec.template.spec.containers[0].livenessProbe.grpc, { port: 'grpc' }),
      ],
      ['Deployment', 'billing', ({ spec }) => delete spec.selector],
      ['Service', 'billing', ({ spec }) => Object.assign(spec.ports[0], { target: 1 })],
      ['ScaledObject', 'billing', ({ spec }) => Object.assign(spec.triggers[0], { metdata: {} })],
      ['Cluster', 'postgres', ({ spec }) => Object.assign(spec.managed.roles[0], { pasword: 'x' })],
      ['ExternalSecret', 'billing', ({ spec }) => Object.assign(spec.target, { tempalte: {} })],
      ['ObjectStore', 'postgres-backups', ({ spec }) => Object.assign(spec.configuration.wal, { compresion: 'gzip' })],
      ['Deployment', 'billing', (object) => Object.assign(object, { kind: 'Deploiment' })],
    ];
    for (const [kind, name, change] of changes) expect(await broken(kind, name, change)).not.toEqual([]);
  });
});

const natsValues = async (name: string) =>
  parse(await readFile(new URL(`../../deploy/k8s/components/nats/${name}`, import.meta.url), 'utf8'));

describe('MESH-6 what has to agree beyond one object', () => {
  it('every overlay runs all seven programs and six migrations, spread over zones and machines', () => {
    for (const overlay of overlays) {
      const ours = objectsOf(overlay).filter((each) => !isOfIdentity(each));
      const kinds = workloadsOf(ours).map(({ kind }) => kind);
      expect([
        kinds.filter((kind) => kind === 'Deployment').length,
        kinds.filter((kind) => kind === 'Job').length,
      ]).toEqual([7, 6]);
      for (const { spec } of ofKind(ours, 'Deployment')) {
        const spread: Record<string, unknown>[] = spec.template.spec.topologySpreadConstraints;
        expect(spread.map(({ topologyKey }) => topologyKey)).toEqual([
          'topology.kubernetes.io/zone',
          'kubernetes.io/hostname',
        ]);
        // Else what may not be scheduled to a lost zone, for balance, could be scheduled nowhere.
        for (const constraint of spread) expect(constraint.nodeTaintsPolicy).toBe('Honor');
      }
    }
  });

  it('a cluster of one’s own has the issuer that its programs are told of, with the realm and the secrets that it names', () => {
    const identity = objectsOf('dev').filter(isOfIdentity);
    expect([...exactImages(identity), ...limitedResources(identity)]).toEqual([]);
    const keycloak = container(identity, 'keycloak');
    const hostname = keycloak.env.find(({ name }: { name: string }) => name === 'KC_HOSTNAME').value;
    const { port } = get(identity, 'Service', 'keycloak').spec.ports[0];
    expect(hostname).toBe(`http://keycloak.identity:${port}`);
    const told = ofKind(objectsOf('dev'), 'ConfigMap').flatMap(({ data }) => data.OIDC_ISSUER ?? []);
    expect(told).toEqual([`${hostname}/realms/jangbu`, `${hostname}/realms/jangbu`]);
    const made = developmentObjects({}) as unknown as Manifest[];
    const { stringData } = get(made, 'Secret', 'keycloak');
    const realm: string = get(made, 'ConfigMap', 'realm').data['jangbu-realm.json'];
    for (const [, name = ''] of realm.matchAll(/\$\{(\w+)\}/g)) expect(stringData[name]).toBeTruthy();
    expect(stringData.BILLING_CLIENT_SECRET).toBe(get(made, 'Secret', 'billing').stringData.OIDC_CLIENT_SECRET);
    expect(keycloak.envFrom).toEqual([{ secretRef: { name: 'keycloak' } }]);
    // The same versions as on a machine without a cluster.
    const { services } = together(
      ...['compose.yaml', 'compose.identity.yaml'].map((name) => parseCompose(composeText(name))),
    );
    expect([keycloak.image, container(identity, 'mail').image]).toEqual([
      services.keycloak?.image,
      services.mail?.image,
    ]);
  });

  it('streams are on as many servers as there are, in production and on one machine', async () => {
    const replicas = (overlay: string) =>
      ofKind(objectsOf(overlay), 'ConfigMap').find(({ data }) => data.NATS_REPLICAS)?.data.NATS_REPLICAS;
    const { config, container: server, podDisruptionBudget } = await natsValues('values.yaml');
    expect([replicas('prod'), config.cluster.enabled]).toEqual([String(config.cluster.replicas), true]);
    expect([config.jetstream.fileStore.enabled, podDisruptionBudget.enabled]).toEqual([true, true]);
    const [, version = ''] = /^(2\.1[2-9])\.\d+-alpine$/.exec(server.image.tag) ?? [];
    // The chart is the server's own.
    for (const file of ['README.md', 'deploy/k8s/README.md'])
      expect(await readFile(new URL(`../../${file}`, import.meta.url), 'utf8')).toContain(`--version ~${version} `);
    expect([replicas('dev'), (await natsValues('values-one.yaml')).config.cluster.enabled]).toEqual(['1', false]);
  });

  it('NATS’ containers are what the namespace admits, and where there are no operators the chart makes none of their objects', async () => {
    // The parts of the chart that are containers of the servers' pods; each is on unless its values say otherwise, but for the exporter.
    const { natsBox, podTemplate, ...values } = await natsValues('values.yaml');
    const containers = [values.container, values.reloader, values.promExporter];
    for (const { merge } of containers) {
      expect(merge.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(Object.keys({ ...merge.resources.requests, ...merge.resources.limits })).toEqual(['cpu', 'memory']);
    }
    expect(podTemplate.merge.spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect([natsBox.enabled, (await natsValues('values-one.yaml')).promExporter.enabled]).toEqual([false, false]);
  });

  it('the cluster recovers from where it backs up to', () => {
    const [recovered] = ofKind(objectsOf('recovery'), 'Cluster');
    const [source] = recovered?.spec.externalClusters ?? [];
    const cluster = get(objectsOf('prod'), 'Cluster', 'postgres');
    expect(source.plugin.parameters).toMatchObject({ serverName: 'postgres', ...cluster.spec.plugins[0].parameters });
    expect(recovered?.spec.imageName).toBe(cluster.spec.imageName);
    expect(Number(recovered?.spec.postgresql.parameters.max_connections)).toBeGreaterThanOrEqual(
      Number(cluster.spec.postgresql.parameters.max_connections),
    );
    expect(get(objectsOf('prod'), 'ScheduledBackup', 'postgres-nightly').spec.cluster.name).toBe('postgres');
  });

  it('a migration that is refused is not tried again, and one that something else ended is', () => {
    const { spec } = get(objectsOf('prod'), 'Job', 'migrate-billing');
    expect(spec.podFailurePolicy.rules[0]).toEqual({
      action: 'FailJob',
      // What `migrateService.ts` ends with (migrateBeforeRollout.int.spec.ts).
      onExitCodes: { containerName: spec.template.spec.containers[0].name, operator: 'In', values: [78] },
    });
    expect([spec.backoffLimit > 0, spec.template.spec.restartPolicy]).toEqual([true, 'Never']);
  });

  it('rating’s replicas are told their own address, and known one by one', () => {
    const partitions = get(objectsOf('prod'), 'Service', 'rating-partitions');
    expect([partitions.spec.clusterIP, partitions.spec.publishNotReadyAddresses]).toEqual(['None', true]);
    const { env } = container(objectsOf('prod'), 'rating');
    const port = container(objectsOf('prod'), 'rating').ports[0].containerPort;
    expect(env).toContainEqual({ name: 'RATING_ADVERTISED_ADDRESS', value: `$(POD_IP):${port}` });
  });
});
