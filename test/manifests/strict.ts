import type { Manifest } from './manifest.ts';

/** Where the schemas of an API group are; without an entry they are Kubernetes' own. */
const packages: readonly [RegExp, string][] = [
  [/^postgresql\.cnpg\.io\//, '@kubernetes-models/cloudnative-pg'],
  [/^external-secrets\.io\//, '@kubernetes-models/external-secrets'],
  [/^keda\.sh\//, '@kubernetes-models/keda'],
  [/^monitoring\.coreos\.com\//, '@kubernetes-models/prometheus-operator'],
  [/\.istio\.io\//, '@kubernetes-models/istio'],
];

interface Model {
  prototype: { validate(): void };
}

/** What is wrong with an object by the schema of its kind, fields that the schema does not have included. */
export async function schemaFaults(object: Manifest): Promise<string[]> {
  if (object.apiVersion === 'barmancloud.cnpg.io/v1') return objectStoreFaults(object);
  const model = await modelOf(object.apiVersion, object.kind);
  if (!model) return [`${object.apiVersion} ${object.kind} has no schema here`];
  return faultsBy(model, object);
}

function faultsBy(model: Model, object: object): string[] {
  const asked = new Map<string, Set<string> | 'every key'>();
  const faults: string[] = [];
  try {
    model.prototype.validate.call(watched(object, '', asked));
  } catch (error) {
    faults.push((error as Error).message);
  }
  return [...faults, ...unknownFields(object, '', asked)];
}

/** The plugin's own schema is in no package, but its configuration is that of CloudNativePG before the plugin (documented so). */
async function objectStoreFaults({ kind, spec }: Manifest): Promise<string[]> {
  const known = ['configuration', 'retentionPolicy', 'instanceSidecarConfiguration'];
  const unknown = Object.keys(spec).filter((name) => !known.includes(name));
  const model = await modelOf('postgresql.cnpg.io/v1', 'BackupConfiguration');
  if (kind !== 'ObjectStore' || !model) return [`${kind} has no schema here`];
  return [
    ...unknown.map((name) => `/spec/${name} is not a field`),
    ...faultsBy(model, { barmanObjectStore: spec.configuration, retentionPolicy: spec.retentionPolicy }),
  ];
}

async function modelOf(apiVersion: string, kind: string): Promise<Model | undefined> {
  const from = packages.find(([group]) => group.test(apiVersion))?.[1] ?? 'kubernetes-models';
  // Groups of Kubernetes itself are folders without their domain, except where they have one.
  const folder = `${from}/${apiVersion}/${kind}`;
  try {
    return ((await import(folder)) as Record<string, Model>)[kind];
  } catch {
    return undefined;
  }
}

/**
 * The packages' validators are compiled: they let unknown fields pass, and their schemas are not there to be made strict. But a validator asks an object for every field
 * that its schema has, so what it never asked for is unknown. Where it goes over all keys, the schema is a map; where it asks for none, anything goes.
 */
function watched<T extends object>(value: T, path: string, asked: Map<string, Set<string> | 'every key'>): T {
  return new Proxy(value, {
    get(target, name, receiver) {
      const found: unknown = Reflect.get(target, name, receiver);
      if (typeof name === 'symbol') return found;
      if (!Array.isArray(target)) {
        const known = asked.get(path);
        if (known === undefined) asked.set(path, new Set([name]));
        else if (known !== 'every key') known.add(name);
      }
      const isOwn = Object.hasOwn(target, name);
      return isOwn && typeof found === 'object' && found !== null ? watched(found, `${path}/${name}`, asked) : found;
    },
    ownKeys(target) {
      if (!Array.isArray(target)) asked.set(path, 'every key');
      return Reflect.ownKeys(target);
    },
  });
}

function unknownFields(value: unknown, path: string, asked: Map<string, Set<string> | 'every key'>): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const known = asked.get(path);
  if (!Array.isArray(value) && known === undefined) return [];
  return Object.entries(value).flatMap(([name, child]) => {
    if (known instanceof Set && !known.has(name)) return [`${path}/${name} is not a field`];
    return unknownFields(child, `${path}/${name}`, asked);
  });
}
