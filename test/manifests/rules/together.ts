import { find, type Manifest, nameOf, ofKind, selects, workloadsOf } from '../manifest.ts';
import type { Rule } from './pods.ts';
import { environmentOf } from './settings.ts';

const podLabels = (workload: Manifest) => workload.spec.template.metadata.labels;
const deployments = (objects: readonly Manifest[]) => ofKind(objects, 'Deployment');

export const matchingSelectors: Rule = (objects) => [
  ...deployments(objects)
    .filter((each) => !selects(each.spec.selector.matchLabels, podLabels(each)))
    .map((each) => `${nameOf(each)} does not select its own pods`),
  ...ofKind(objects, 'Service').flatMap((service) => {
    // Jobs' pods, too: a migration must never be taken for its service.
    const chosen = workloadsOf(objects).filter((each) => selects(service.spec.selector, podLabels(each)));
    const [target] = chosen;
    if (chosen.length !== 1 || !target) return [`${nameOf(service)} selects pods of ${chosen.length} workloads`];
    const names = (target.spec.template.spec.containers[0].ports ?? []).map(({ name }: { name: string }) => name);
    return service.spec.ports
      .filter(({ targetPort }: { targetPort: string }) => !names.includes(targetPort))
      .map(({ targetPort }: { targetPort: string }) => `${nameOf(service)}: its pods have no port ${targetPort}`);
  }),
  ...ofKind(objects, 'PodDisruptionBudget').flatMap((budget) => {
    const chosen = workloadsOf(objects).filter((each) => selects(budget.spec.selector.matchLabels, podLabels(each)));
    return chosen.length === 1 ? [] : [`${nameOf(budget)} is about pods of ${chosen.length} workloads`];
  }),
  ...deployments(objects)
    .filter(
      (each) =>
        !ofKind(objects, 'PodDisruptionBudget').some(({ spec }) => selects(spec.selector.matchLabels, podLabels(each))),
    )
    .map((each) => `${nameOf(each)} has no PodDisruptionBudget`),
];

/** Ports are named for what is spoken on them, which is how the mesh knows. */
export const namedPorts: Rule = (objects) =>
  ofKind(objects, 'Service').flatMap((service) =>
    service.spec.ports
      .filter(({ name, port, appProtocol }: Record<string, unknown>) => {
        const [expected, protocol] = service.metadata.name === 'gateway' ? ['http', 8088] : ['grpc', 9000];
        return name !== expected || port !== protocol || appProtocol !== name;
      })
      .map(
        ({ name, port }: Record<string, unknown>) =>
          `${nameOf(service)}: port ${name} (${port}) is not named for its protocol`,
      ),
  );

/** One scaler for each program, two replicas to scale from, and room for the database's connections at the most. */
export const oneScaler: Rule = (objects) => {
  const targets = [
    ...ofKind(objects, 'HorizontalPodAutoscaler').map((each) => ({
      by: nameOf(each),
      target: each.spec.scaleTargetRef.name,
    })),
    ...ofKind(objects, 'ScaledObject').map((each) => ({ by: nameOf(each), target: each.spec.scaleTargetRef.name })),
  ];
  const missing = targets.filter(({ target }) => !find(objects, 'Deployment', target));
  return [
    ...missing.map(({ by, target }) => `${by} scales ${target}, which is not there`),
    ...deployments(objects).flatMap((each) => {
      const scalers = targets.filter(({ target }) => target === each.metadata.name).length;
      const faults = scalers === 1 ? [] : [`${nameOf(each)} is scaled by ${scalers}`];
      return each.spec.replicas === undefined
        ? faults
        : [...faults, `${nameOf(each)} sets its replicas beside its scaler`];
    }),
  ];
};

/** What KEDA's scaler of JetStream reads of a trigger; it is a map to the schema, in which a misspelt name stands for its default. */
const readByJetStream = ['natsServerMonitoringEndpoint', 'account', 'stream', 'consumer', 'lagThreshold'];

export const knownTriggers: Rule = (objects) =>
  ofKind(objects, 'ScaledObject').flatMap((each) =>
    each.spec.triggers.flatMap(({ type, metadata }: { type: string; metadata: Record<string, string> }) => {
      const expected = type === 'cpu' ? ['value'] : readByJetStream;
      const isComplete = expected.every((name) => metadata[name]) && Object.keys(metadata).length === expected.length;
      if (!['cpu', 'nats-jetstream'].includes(type)) return [`${nameOf(each)}: trigger ${type} is not known here`];
      return isComplete ? [] : [`${nameOf(each)}: ${type} reads ${expected}, and not ${Object.keys(metadata)}`];
    }),
  );

export function mostReplicas(objects: readonly Manifest[], name: string): number {
  const scaler = ofKind(objects, 'HorizontalPodAutoscaler', 'ScaledObject').find(
    (each) => each.spec.scaleTargetRef.name === name,
  );
  return scaler?.spec.maxReplicas ?? scaler?.spec.maxReplicaCount ?? 1;
}

/** Beside DATABASE_CONNECTIONS a process has four for its workers, and some of its own for LISTEN, locks and COPY. */
const connectionsBeside = 4 + 5;
/** What PostgreSQL keeps for itself, and what backups and the operator take. */
const reserved = 20;

export const enoughConnections: Rule = (objects) => {
  const cluster = find(objects, 'Cluster', 'postgres');
  if (!cluster) return [];
  const wanted = deployments(objects).flatMap((each) => {
    const { given } = environmentOf(objects, each);
    if (given.DATABASE_URL === undefined) return [];
    // While it is rolled out there is one more.
    const processes = mostReplicas(objects, each.metadata.name) + 1;
    return [
      { name: each.metadata.name, count: processes * (Number(given.DATABASE_CONNECTIONS ?? 10) + connectionsBeside) },
    ];
  });
  const most = Number(cluster.spec.postgresql.parameters.max_connections);
  const all = wanted.reduce((sum, { count }) => sum + count, reserved);
  const roles = new Map<string, number>(
    cluster.spec.managed.roles.map(({ name, connectionLimit }: { name: string; connectionLimit: number }) => [
      name,
      connectionLimit,
    ]),
  );
  return [
    ...(all <= most ? [] : [`all together may want ${all} connections, and PostgreSQL has ${most}`]),
    ...wanted
      .filter(({ name, count }) => count > (roles.get(name) ?? 0))
      .map(
        ({ name, count }) => `${name} may want ${count} connections, and its role has ${roles.get(name) ?? 'no limit'}`,
      ),
  ];
};

export const ownAccounts: Rule = (objects) => [
  ...workloadsOf(objects).flatMap((each) => {
    const name = each.spec.template.spec.serviceAccountName;
    const account = find(objects, 'ServiceAccount', name ?? '');
    if (!account) return [`${nameOf(each)}: no ServiceAccount ${name}`];
    return account.automountServiceAccountToken === false ? [] : [`${nameOf(account)} gives its token to pods`];
  }),
  // The mesh knows who calls by the account, so two programs must not have one.
  ...deployments(objects)
    .filter((each) => each.spec.template.spec.serviceAccountName !== each.metadata.name)
    .map((each) => `${nameOf(each)} has another's ServiceAccount`),
];

/** Every service has a database and a role that nobody else has and that reaches no other, by passwords that the operator follows; and its migration is there. */
export const ownDatabases: Rule = (objects) => {
  const cluster = find(objects, 'Cluster', 'postgres');
  if (!cluster) return [];
  const roles = cluster.spec.managed.roles.map(({ name }: { name: string }) => name);
  const lines: string[] = cluster.spec.postgresql.pg_hba ?? [];
  const [, refused = ''] = /^host all (\S+) all reject$/.exec(lines.at(-1) ?? '') ?? [];
  return deployments(objects)
    .filter((each) => environmentOf(objects, each).given.DATABASE_URL !== undefined)
    .flatMap(({ metadata: { name } }) => {
      const database = ofKind(objects, 'Database').find(({ spec }) => spec.owner === name);
      const faults = database && roles.includes(name) ? [] : [`${name} has no database or no role of its own`];
      if (
        !lines.includes(`hostssl ${database?.spec.name} ${name} all scram-sha-256`) ||
        !refused.split(',').includes(name)
      )
        faults.push(`${name} is not let into its own database with TLS and nowhere else`);
      const secret = ofKind(objects, 'ExternalSecret').find(({ spec }) => spec.target.name === `postgres-${name}`);
      if (secret && secret.spec.target.template.metadata?.labels?.['cnpg.io/reload'] !== 'true')
        faults.push(`${name}’s role does not follow its password`);
      return find(objects, 'Job', `migrate-${name}`) ? faults : [...faults, `${name} has no migration`];
    });
};

/** Objects of one kind have different names, and all are in the one namespace or in none. */
export const oneNamespace: Rule = (objects) => {
  const seen = new Set<string>();
  const clusterWide = new Set(['Namespace']);
  return objects.flatMap((each) => {
    const key = `${each.apiVersion} ${each.metadata.namespace ?? ''} ${nameOf(each)}`;
    const faults = seen.has(key) ? [`${nameOf(each)} is there twice`] : [];
    seen.add(key);
    if (!clusterWide.has(each.kind) && each.metadata.namespace === undefined)
      faults.push(`${nameOf(each)} is in no namespace`);
    return faults;
  });
};

/** Replicas on several machines watch the drop folder together, where its volume is. */
export const sharedDropFolder: Rule = (objects) => {
  const claim = find(objects, 'PersistentVolumeClaim', 'usage-drop');
  const manyMachines = ofKind(objects, 'ScaledObject').length > 0;
  const canBeShared = !claim || !manyMachines || claim.spec.accessModes.includes('ReadWriteMany');
  return [
    ...(canBeShared ? [] : ['usage-drop can be mounted by one machine only']),
    ...deployments(objects).flatMap((each) => {
      const watched = environmentOf(objects, each).given.USAGE_DROP_DIR;
      const { volumes = [], containers } = each.spec.template.spec;
      const claimed = volumes.filter((volume: { persistentVolumeClaim?: object }) => volume.persistentVolumeClaim);
      const names = claimed.map(({ name }: { name: string }) => name);
      const mounts: { name: string; mountPath: string }[] = containers[0].volumeMounts ?? [];
      const isMounted = mounts.some(({ name, mountPath }) => names.includes(name) && mountPath === watched);
      return watched === undefined || isMounted ? [] : [`${nameOf(each)} watches ${watched}, where no volume is`];
    }),
  ];
};
