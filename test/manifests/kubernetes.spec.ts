import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { find, type Manifest, nameOf, ofKind, rendered, workloadsOf } from './manifest.ts';
import {
  answeringProbes,
  exactImages,
  hardened,
  limitedResources,
  meshMembers,
  presentVolumes,
  type Rule,
} from './rules/pods.ts';
import { keptSecrets, knownSettings, longEnoughGrace, toldPorts } from './rules/settings.ts';
import {
  enoughConnections,
  knownTriggers,
  matchingSelectors,
  namedPorts,
  oneNamespace,
  oneScaler,
  ownAccounts,
  ownDatabases,
  sharedDropFolder,
} from './rules/together.ts';
import { schemaFaults } from './strict.ts';

const overlays = ['dev', 'staging', 'prod'] as const;
const of = new Map<string, Manifest[]>();

beforeAll(async () => {
  const folders = [
    ...overlays.map((name) => `deploy/k8s/overlays/${name}`),
    'deploy/k8s/components/cloudnative-pg/recovery',
  ];
  await Promise.all(folders.map(async (folder) => of.set(folder.split('/').at(-1) ?? '', await rendered(folder))));
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

/** Each rule, and what it must not let pass: a change of production that breaks it. */
const rules: Record<string, { rule: Rule; broken: ((objects: Manifest[]) => unknown)[] }> = {
  'images are exact versions': {
    rule: exactImages,
    broken: ['ghcr.io/jangbu/jangbu', 'ghcr.io/jangbu/jangbu:latest', 'ghcr.io/jangbu/jangbu:main'].map(
      (image) => (objects: Manifest[]) => {
        container(objects).image = image;
      },
    ),
  },
  'requests and limits are set': {
    rule: limitedResources,
    broken: [
      (objects) => delete container(objects).resources.limits.memory,
      (objects) => delete container(objects).resources.requests.cpu,
      (objects) => {
        container(objects).resources.requests.memory = '3Gi';
      },
    ],
  },
  'pods have no rights': {
    rule: hardened,
    broken: [
      (objects) => {
        container(objects).securityContext.readOnlyRootFilesystem = false;
      },
      (objects) => delete container(objects).securityContext.capabilities,
      (objects) => delete pod(objects).automountServiceAccountToken,
      (objects) => {
        pod(objects).securityContext.runAsUser = 0;
      },
    ],
  },
  'programs are in the mesh, and nothing else': {
    rule: meshMembers,
    broken: [
      (objects) =>
        Object.assign(get(objects, 'Namespace', 'jangbu').metadata.labels ?? {}, { 'istio-injection': 'enabled' }),
      (objects) =>
        delete get(objects, 'Deployment', 'billing').spec.template.metadata.labels['sidecar.istio.io/inject'],
      (objects) =>
        delete get(objects, 'Job', 'migrate-billing').spec.template.metadata.labels['sidecar.istio.io/inject'],
    ],
  },
  'programs are there, and probes ask what they answer': {
    rule: answeringProbes,
    broken: [
      (objects) => {
        container(objects).args = ['services/billing/server.ts'];
      },
      (objects) => {
        container(objects).livenessProbe.grpc.service = '';
      },
      (objects) => {
        container(objects).readinessProbe.grpc.port = 9001;
      },
      (objects) => delete container(objects).startupProbe,
      (objects) => {
        container(objects, 'gateway').readinessProbe.httpGet.path = '/health';
      },
    ],
  },
  'volumes are there': {
    rule: presentVolumes,
    broken: [
      (objects) => container(objects).volumeMounts.push({ name: 'drop', mountPath: '/drop' }),
      (objects) => remove(objects, 'PersistentVolumeClaim', 'usage-drop'),
    ],
  },
  'settings are read, and all that are needed are given': {
    rule: knownSettings,
    broken: [
      (objects) => container(objects).env.push({ name: 'BILL_RUN_BATCH', value: '10' }),
      (objects) => container(objects).env.splice(1),
      (objects) => container(objects).env.push({ name: 'PORT', value: 'grpc' }),
      (objects) => {
        container(objects).envFrom[0].configMapRef.name = 'mesh';
      },
      (objects) => container(objects).envFrom.push({ secretRef: { name: 'billing' } }),
      (objects) => remove(objects, 'ExternalSecret', 'billing'),
    ],
  },
  'secrets are kept apart': {
    rule: keptSecrets,
    broken: [
      (objects) => Object.assign(ofKind(objects, 'ConfigMap')[0]?.data, { OIDC_CLIENT_SECRET: 'x' }),
      (objects) => Object.assign(ofKind(objects, 'ConfigMap')[0]?.data, { URL: 'postgresql://billing:word@db/x' }),
      (objects) => objects.push({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } }),
    ],
  },
  'ports are those that programs are told': {
    rule: toldPorts,
    broken: [
      (objects) => container(objects).env.push({ name: 'METRICS_PORT', value: '9000' }),
      (objects) => {
        container(objects).ports[0].containerPort = 9001;
      },
      (objects) => container(objects).env.push({ name: 'HOST', value: '127.0.0.1' }),
    ],
  },
  'there is time to drain': {
    rule: longEnoughGrace,
    broken: [
      (objects) => {
        pod(objects).terminationGracePeriodSeconds = 30;
      },
      (objects) => delete container(objects).lifecycle,
      (objects) => container(objects).env.push({ name: 'DRAIN_MS', value: '60000' }),
    ],
  },
  'selectors match': {
    rule: matchingSelectors,
    broken: [
      (objects) => {
        get(objects, 'Service', 'billing').spec.selector = { 'app.kubernetes.io/name': 'biling' };
      },
      (objects) => {
        get(objects, 'Service', 'billing').spec.selector = { 'app.kubernetes.io/part-of': 'jangbu' };
      },
      (objects) => {
        get(objects, 'Service', 'billing').spec.ports[0].targetPort = 'http';
      },
      (objects) => remove(objects, 'PodDisruptionBudget', 'billing'),
      (objects) => {
        get(objects, 'PodDisruptionBudget', 'billing').spec.selector.matchLabels = { a: 'b' };
      },
      (objects) => {
        get(objects, 'Deployment', 'billing').spec.selector.matchLabels = { a: 'b' };
      },
    ],
  },
  'ports are named for their protocol': {
    rule: namedPorts,
    broken: [
      (objects) => {
        get(objects, 'Service', 'billing').spec.ports[0].name = 'main';
      },
      (objects) => delete get(objects, 'Service', 'gateway').spec.ports[0].appProtocol,
    ],
  },
  'each program has one scaler': {
    rule: oneScaler,
    broken: [
      (objects) => {
        get(objects, 'HorizontalPodAutoscaler', 'gateway').spec.scaleTargetRef.name = 'billing';
      },
      (objects) => remove(objects, 'ScaledObject', 'billing'),
      (objects) => {
        get(objects, 'Deployment', 'billing').spec.replicas = 2;
      },
      (objects) => remove(objects, 'Deployment', 'billing'),
    ],
  },
  'triggers say what their scalers read': {
    rule: knownTriggers,
    broken: [
      (objects) =>
        Object.assign(get(objects, 'ScaledObject', 'billing').spec.triggers[1].metadata, { lagTreshold: '1' }),
      (objects) => delete get(objects, 'ScaledObject', 'billing').spec.triggers[1].metadata.account,
      (objects) => Object.assign(get(objects, 'ScaledObject', 'billing').spec.triggers[1], { type: 'jetstream' }),
    ],
  },
  'PostgreSQL has connections for all of them': {
    rule: enoughConnections,
    broken: [
      (objects) => {
        get(objects, 'ScaledObject', 'billing').spec.maxReplicaCount = 40;
      },
      (objects) => {
        get(objects, 'Cluster', 'postgres').spec.postgresql.parameters.max_connections = '100';
      },
      (objects) => container(objects).env.push({ name: 'DATABASE_CONNECTIONS', value: '100' }),
    ],
  },
  'accounts are their own': {
    rule: ownAccounts,
    broken: [
      (objects) => {
        pod(objects).serviceAccountName = 'default';
      },
      (objects) => {
        pod(objects).serviceAccountName = 'rating';
      },
      (objects) => delete get(objects, 'ServiceAccount', 'billing').automountServiceAccountToken,
    ],
  },
  'databases are their own': {
    rule: ownDatabases,
    broken: [
      (objects) => remove(objects, 'Database', 'billing'),
      (objects) => remove(objects, 'Job', 'migrate-billing'),
      (objects) => get(objects, 'Cluster', 'postgres').spec.managed.roles.splice(2, 1),
      (objects) => get(objects, 'Cluster', 'postgres').spec.postgresql.pg_hba.splice(2, 1),
      (objects) => get(objects, 'Cluster', 'postgres').spec.postgresql.pg_hba.pop(),
      (objects) => delete get(objects, 'ExternalSecret', 'postgres-billing').spec.target.template.metadata,
    ],
  },
  'objects are in one namespace, once': {
    rule: oneNamespace,
    broken: [
      (objects) => objects.push(structuredClone(get(objects, 'Service', 'billing'))),
      (objects) => delete get(objects, 'Service', 'billing').metadata.namespace,
    ],
  },
  'the drop folder can be shared': {
    rule: sharedDropFolder,
    broken: [
      (objects) => {
        get(objects, 'PersistentVolumeClaim', 'usage-drop').spec.accessModes = ['ReadWriteOnce'];
      },
    ],
  },
};

function get(objects: Manifest[], kind: string, name: string): Manifest {
  const found = find(objects, kind, name);
  if (!found) throw new Error(`no ${kind} ${name}`);
  return found;
}
const pod = (objects: Manifest[], name = 'billing') => get(objects, 'Deployment', name).spec.template.spec;
const container = (objects: Manifest[], name = 'billing') => pod(objects, name).containers[0];
const remove = (objects: Manifest[], kind: string, name: string) =>
  objects.splice(objects.indexOf(get(objects, kind, name)), 1);

describe.each(Object.entries(rules))('MESH-6 %s', (_, { rule, broken }) => {
  it.each(overlays)('in %s', (overlay) => {
    expect(rule(objectsOf(overlay))).toEqual([]);
  });
  it('and what breaks it is found', () => {
    for (const change of broken) {
      const objects = structuredClone(objectsOf('prod'));
      change(objects);
      expect(rule(objects), String(change)).not.toEqual([]);
    }
  });
});

const natsValues = async (name: string) =>
  parse(await readFile(new URL(`../../deploy/k8s/components/nats/${name}`, import.meta.url), 'utf8'));

describe('MESH-6 what has to agree beyond one object', () => {
  it('every overlay runs all seven programs and six migrations, spread over zones and machines', () => {
    for (const overlay of overlays) {
      const kinds = workloadsOf(objectsOf(overlay)).map(({ kind }) => kind);
      expect([
        kinds.filter((kind) => kind === 'Deployment').length,
        kinds.filter((kind) => kind === 'Job').length,
      ]).toEqual([7, 6]);
      for (const { spec } of ofKind(objectsOf(overlay), 'Deployment')) {
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

  it('streams are on as many servers as there are, in production and on one machine', async () => {
    const replicas = (overlay: string) =>
      ofKind(objectsOf(overlay), 'ConfigMap').find(({ data }) => data.NATS_REPLICAS)?.data.NATS_REPLICAS;
    const { config, container: server, podDisruptionBudget } = await natsValues('values.yaml');
    expect([replicas('prod'), config.cluster.enabled]).toEqual([String(config.cluster.replicas), true]);
    expect([config.jetstream.fileStore.enabled, podDisruptionBudget.enabled]).toEqual([true, true]);
    expect(server.image.tag).toMatch(/^2\.1[2-9]\.\d+-alpine$/);
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
