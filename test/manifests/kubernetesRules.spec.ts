import { beforeAll, describe, expect, it } from 'vitest';
import { isOfIdentity, type Manifest, ofKind } from './manifest.ts';
import { container, get, overlays, pod, remove, renderedOverlays } from './overlays.ts';
import {
  answeringProbes,
  exactImages,
  hardened,
  limitedResources,
  meshMembers,
  presentVolumes,
  type Rule,
} from './rules/pods.ts';
import { callableServices, keptSecrets, knownSettings, longEnoughGrace, toldPorts } from './rules/settings.ts';
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

let of: Map<string, Manifest[]>;
beforeAll(async () => {
  of = renderedOverlays();
});
const objectsOf = (overlay: string) => (of.get(overlay) ?? []).filter((each) => !isOfIdentity(each));

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
  'services that are called can be': {
    rule: callableServices,
    broken: [
      (objects) => container(objects).env.push({ name: 'RATING_ADDRESS', value: '' }),
      (objects) => container(objects, 'gateway').env.push({ name: 'MYPAGE_ADDRESS', value: '' }),
      (objects) => container(objects).env.push({ name: 'RATING_ADDRESS', value: 'ratings:9000' }),
      (objects) => container(objects).env.push({ name: 'RATING_ADDRESS', value: 'rating:9001' }),
      (objects) => container(objects).env.push({ name: 'OIDC_TOKEN_URL', value: '' }),
      (objects) => container(objects).env.push({ name: 'OIDC_CLIENT_ID', value: 'rating' }),
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
      (objects) => container(objects, 'rating').env.push({ name: 'USAGE_DROP_DIR', value: '/drop' }),
    ],
  },
};

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
