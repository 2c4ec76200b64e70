import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { liveness, readiness } from '#shared/rpc/health';
import { find, type Manifest, nameOf, workloadsOf } from '../manifest.ts';
import { programs } from '../settings.ts';

/** A rule says what is wrong with the objects of a deployment, each fault in a sentence. */
export type Rule = (objects: readonly Manifest[]) => string[];

// biome-ignore lint/suspicious/noExplicitAny: the schemas have looked at it
type Container = any;

const podOf = (workload: Manifest) => workload.spec.template.spec;

function eachContainer(
  objects: readonly Manifest[],
  look: (container: Container, workload: Manifest) => string[],
): string[] {
  return workloadsOf(objects).flatMap((workload) =>
    [...(podOf(workload).initContainers ?? []), ...podOf(workload).containers].flatMap((container) =>
      look(container, workload).map((fault) => `${nameOf(workload)} ${container.name}: ${fault}`),
    ),
  );
}

/** An exact version: what is deployed twice is the same twice. */
export const exactImages: Rule = (objects) => {
  const fromOthers = objects.flatMap((each) => (each.spec?.imageName ? [[nameOf(each), each.spec.imageName]] : []));
  const isExact = (image: string) => /@sha256:[0-9a-f]{64}$|:v?\d+\.\d+(\.\d+)?[\w.-]*$/.test(image);
  return [
    ...eachContainer(objects, ({ image = '' }) => (isExact(image) ? [] : [`image ${image} is not an exact version`])),
    ...fromOthers.flatMap(([name, image]) =>
      isExact(image) ? [] : [`${name}: image ${image} is not an exact version`],
    ),
  ];
};

export const limitedResources: Rule = (objects) =>
  eachContainer(objects, ({ resources = {} }) =>
    ['cpu', 'memory'].flatMap((name) => {
      const [asked, most] = [resources.requests?.[name], resources.limits?.[name]];
      if (asked === undefined || most === undefined) return [`${name} has no request or no limit`];
      return amount(asked) <= amount(most) ? [] : [`asks for more ${name} than its limit`];
    }),
  );

const units: Record<string, number> = { m: 1e-3, '': 1, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };

function amount(text: string | number): number {
  const [, digits, unit = ''] = /^([\d.]+)(\D*)$/.exec(String(text)) ?? [];
  return Number(digits) * (units[unit] ?? Number.NaN);
}

/** As the policy "restricted" of Pod Security has it, and a read-only root file system. */
export const hardened: Rule = (objects) => [
  ...workloadsOf(objects).flatMap((workload) => {
    const { securityContext = {}, automountServiceAccountToken, hostNetwork, hostPID } = podOf(workload);
    const faults: string[] = [];
    if (!securityContext.runAsNonRoot || !(securityContext.runAsUser > 0)) faults.push('may run as root');
    if (securityContext.seccompProfile?.type !== 'RuntimeDefault') faults.push('has no seccomp profile');
    if (automountServiceAccountToken !== false) faults.push('has a token of the cluster');
    if (hostNetwork || hostPID) faults.push('is in a namespace of its host');
    return faults.map((fault) => `${nameOf(workload)} ${fault}`);
  }),
  ...eachContainer(objects, ({ securityContext = {} }) => {
    const faults: string[] = [];
    if (securityContext.readOnlyRootFilesystem !== true) faults.push('root file system can be written to');
    if (securityContext.allowPrivilegeEscalation !== false) faults.push('privileges can be gained');
    if (!securityContext.capabilities?.drop?.includes('ALL')) faults.push('has capabilities');
    return faults;
  }),
];

const injected = 'sidecar.istio.io/inject';

/** In a mesh programs ask for a proxy each, and nothing else of the namespace gets one: jobs, of operators' too, would wait for it or never end. */
export const meshMembers: Rule = (objects) => [
  ...objects
    .filter(({ kind, metadata }) => kind === 'Namespace' && Object.keys(metadata.labels ?? {}).some(isInjection))
    .map((each) => `${nameOf(each)} gives a proxy to whatever is in it`),
  ...workloadsOf(objects).flatMap((workload) => {
    const asked = workload.spec.template.metadata.labels?.[injected];
    const isMember = workload.kind === 'Deployment' && objects.some(({ kind }) => kind === 'PeerAuthentication');
    const wanted = workload.kind === 'Job' ? 'false' : isMember ? 'true' : undefined;
    return asked === wanted ? [] : [`${nameOf(workload)}: ${injected} is ${asked} and not ${wanted}`];
  }),
];

const isInjection = (label: string) => ['istio-injection', 'istio.io/rev', 'istio.io/dataplane-mode'].includes(label);

/** The program is there, and probes ask for what it answers. */
export const answeringProbes: Rule = (objects) =>
  eachContainer(objects, (container, workload) => {
    const [program = ''] = container.args ?? [];
    const isThere =
      programs.includes(program) && existsSync(fileURLToPath(new URL(`../../../${program}`, import.meta.url)));
    const faults = isThere ? [] : [`no program has the name ${program}`];
    if (workload.kind !== 'Deployment') return faults;
    for (const kind of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
      faults.push(...probeFaults(kind, container[kind], container, program === 'gateway/main.ts'));
    }
    return faults;
  });

function probeFaults(kind: string, probe: Container, { ports = [] }: Container, isGateway: boolean): string[] {
  if (!probe) return [`has no ${kind}`];
  const { port, service = '', path } = probe.grpc ?? probe.httpGet ?? {};
  const faults = ports.some((each: Container) => each.name === port || each.containerPort === port)
    ? []
    : [`${kind} asks a port that it does not have: ${port}`];
  if (isGateway) {
    const answered = kind === 'readinessProbe' ? '/readyz' : '/healthz';
    return path === answered ? faults : [...faults, `${kind} does not ask ${answered}`];
  }
  if (!probe.grpc) return [...faults, `${kind} is not of kind gRPC`];
  // Whoever sends calls asks whether they are answered; whoever restarts processes must not ask what they depend on.
  const answered = kind === 'readinessProbe' ? readiness : liveness;
  return service === answered ? faults : [...faults, `${kind} asks for "${service}" and not for "${answered}"`];
}

/** Every mount is of a volume, and every volume of something that is there. */
export const presentVolumes: Rule = (objects) => [
  ...eachContainer(objects, ({ volumeMounts = [] }, workload) => {
    const names = (podOf(workload).volumes ?? []).map((volume: Container) => volume.name);
    const missing = volumeMounts.filter((mount: Container) => !names.includes(mount.name));
    return missing.map((mount: Container) => `mounts ${mount.name}, which is no volume of its pod`);
  }),
  ...workloadsOf(objects).flatMap((workload) =>
    (podOf(workload).volumes ?? []).flatMap(({ persistentVolumeClaim }: Container) => {
      const name = persistentVolumeClaim?.claimName;
      return !name || find(objects, 'PersistentVolumeClaim', name) ? [] : [`${nameOf(workload)}: no claim ${name}`];
    }),
  ),
];
