import { serviceNames } from '#shared/config/service';
import { developmentSecrets } from '../../../deploy/k8s/overlays/dev/secrets.ts';
import { addressOf, callFaults } from '../callSettings.ts';
import { find, type Manifest, nameOf, ofKind, workloadsOf } from '../manifest.ts';
import { settingFaults } from '../settings.ts';
import type { Rule } from './pods.ts';

/** Every variable is read by its program, every one that it needs is given, and nothing is wrong with what is given. */
export const knownSettings: Rule = (objects) =>
  workloadsOf(objects).flatMap((workload) => {
    const { given, faults } = environmentOf(objects, workload);
    const [container] = workload.spec.template.spec.containers;
    return [...faults, ...settingFaults(container.args ?? [], given)].map((fault) => `${nameOf(workload)}: ${fault}`);
  });

/** Every program can make the calls that its code makes, and addresses are those of Services here. */
export const callableServices: Rule = (objects) =>
  ofKind(objects, 'Deployment').flatMap((workload) => {
    const { name } = workload.metadata;
    const { given } = environmentOf(objects, workload);
    const wrong = serviceNames.map(addressOf).filter((variable) => {
      const [host = '', port] = (given[variable] ?? '').split(':');
      const ports: { port: number }[] = find(objects, 'Service', host)?.spec.ports ?? [];
      return given[variable] && !ports.some((each) => String(each.port) === port);
    });
    return [
      ...callFaults(name, given),
      ...wrong.map((variable) => `${name}: nobody is at ${variable} ${given[variable]}`),
    ];
  });

/** What a pod's program finds in its environment, with stand-ins for what only a cluster knows. */
export function environmentOf(objects: readonly Manifest[], workload: Manifest) {
  const given: Record<string, string> = {};
  const faults: string[] = [];
  const [container] = workload.spec.template.spec.containers;
  for (const { configMapRef, secretRef } of container.envFrom ?? []) {
    if (secretRef) faults.push('takes a whole Secret: nobody could say what of it is read');
    const map = configMapRef && find(objects, 'ConfigMap', configMapRef.name);
    if (map) Object.assign(given, map.data);
    else if (configMapRef) faults.push(`no ConfigMap ${configMapRef.name}`);
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const { secretKeyRef, fieldRef } = valueFrom ?? {};
    if (secretKeyRef) {
      given[name] = secretValue(objects, secretKeyRef.name, secretKeyRef.key) ?? '';
      if (given[name] === '') faults.push(`no Secret ${secretKeyRef.name} with ${secretKeyRef.key}`);
    } else given[name] = fieldRef ? '10.0.0.1' : value;
  }
  return { given, faults };
}

const development = developmentSecrets({});

/** Where the store of the company's secrets is used, it must name the key; elsewhere the made-up ones must have it. */
function secretValue(objects: readonly Manifest[], name: string, key: string): string | undefined {
  const standIn = development.find(({ metadata }) => metadata.name === name)?.stringData[key];
  if (ofKind(objects, 'ExternalSecret').length === 0) return standIn;
  const { spec } = ofKind(objects, 'ExternalSecret').find((each) => each.spec.target.name === name) ?? { spec: {} };
  const keys = spec.target?.template
    ? Object.keys(spec.target.template.data)
    : (spec.data ?? []).map(({ secretKey }: { secretKey: string }) => secretKey);
  return keys.includes(key) ? standIn : undefined;
}

/** No secret is in a ConfigMap, and no Secret in what is checked in. */
export const keptSecrets: Rule = (objects) => [
  ...ofKind(objects, 'Secret').map((each) => `${nameOf(each)} is checked in`),
  ...ofKind(objects, 'ConfigMap').flatMap((each) =>
    Object.entries((each.data ?? {}) as Record<string, string>)
      .filter(([name, value]) => /SECRET|PASSWORD|_KEY$/.test(name) || /:\/\/[^/\s]*:[^/\s]*@/.test(value))
      .map(([name]) => `${nameOf(each)}: ${name} is a secret`),
  ),
];

/** The ports that a program is told to listen at are the ones that its container shows. */
export const toldPorts: Rule = (objects) =>
  ofKind(objects, 'Deployment').flatMap((workload) => {
    const { given } = environmentOf(objects, workload);
    const [{ ports = [] }] = workload.spec.template.spec.containers;
    const shown = new Map<string, number>(
      ports.map(({ name, containerPort }: { name: string; containerPort: number }) => [name, containerPort]),
    );
    const faults: string[] = [];
    if (given.PORT !== String(shown.get('grpc') ?? shown.get('http')))
      faults.push(`listens at ${given.PORT}, which is not its port`);
    if (given.METRICS_PORT !== String(shown.get('http-metrics')))
      faults.push('shows another port for metrics than it has');
    if (given.HOST !== '0.0.0.0') faults.push('listens to nobody outside of its pod');
    return faults.map((fault) => `${nameOf(workload)} ${fault}`);
  });

/** What comes behind the calls of a drain at most, and some reserve (services/shared/README.md, "How a process ends"). */
const behindCallsSeconds = 10;

export const longEnoughGrace: Rule = (objects) =>
  ofKind(objects, 'Deployment').flatMap((workload) => {
    const pod = workload.spec.template.spec;
    const before = pod.containers[0].lifecycle?.preStop?.sleep?.seconds ?? 0;
    const drain = Number(environmentOf(objects, workload).given.DRAIN_MS ?? 10_000) / 1000;
    const needed = before + drain + behindCallsSeconds;
    const faults = before >= 3 ? [] : ['ends before others know of it'];
    if (!(pod.terminationGracePeriodSeconds >= needed))
      faults.push(`is killed before the ${needed} s that its end may take`);
    return faults.map((fault) => `${nameOf(workload)} ${fault}`);
  });
