import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { requireKubectl } from '../harness/kubectl.ts';

/** One object of Kubernetes, as it is written; schemas say elsewhere that it is right. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  // biome-ignore lint/suspicious/noExplicitAny: every kind has another shape, and the schemas have looked at it
  [field: string]: any;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const known = new Map<string, Manifest[]>();

/** What `kubectl apply -k` would send. A folder of the repository stays as it is while tests run, so it is rendered once. */
export function rendered(folder: string): Manifest[] {
  const objects = known.get(folder) ?? render(folder);
  if (!isAbsolute(folder)) known.set(folder, objects);
  return structuredClone(objects);
}

function render(folder: string): Manifest[] {
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 } as const;
  return parsed(execFileSync(requireKubectl(), ['kustomize', folder], options));
}

/** The objects of a file of the repository, as they are written. */
export function objectsIn(file: string): Manifest[] {
  return parsed(readFileSync(join(root, file), 'utf8'));
}

export function parsed(text: string): Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    const [error] = 'errors' in document ? document.errors : [];
    if (error) throw error;
    return 'toJS' in document && document.contents ? [document.toJS() as Manifest] : [];
  });
}

export const nameOf = ({ kind, metadata }: Manifest): string => `${kind}/${metadata.name}`;

export function ofKind(objects: readonly Manifest[], ...kinds: string[]): Manifest[] {
  return objects.filter(({ kind }) => kinds.includes(kind));
}

export function find(objects: readonly Manifest[], kind: string, name: string): Manifest | undefined {
  return objects.find((each) => each.kind === kind && each.metadata.name === name);
}

/** Whatever starts pods of ours. */
export const workloadsOf = (objects: readonly Manifest[]) => ofKind(objects, 'Deployment', 'Job');

/** The issuer and mail server of a cluster of one's own, which are others' programs in a namespace of their own. */
export const isOfIdentity = ({ metadata }: Manifest) => metadata.namespace === 'identity';

/** Whether labels have all that a selector of `matchLabels` asks for. */
export function selects(selector: Record<string, string> | undefined, labels: Record<string, string> = {}): boolean {
  const wanted = Object.entries(selector ?? {});
  return wanted.length > 0 && wanted.every(([name, value]) => labels[name] === value);
}
