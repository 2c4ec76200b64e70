import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { requireKubectl } from '../harness/kubectl.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** An object of a manifest, as far as rules look at it. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  // biome-ignore lint/suspicious/noExplicitAny: every kind has its own; the schemas say which
  spec?: any;
}

const known = new Map<string, Manifest[]>();

/** What `kubectl apply -k` would send. A folder of the repository stays as it is while tests run, so it is rendered once. */
export function rendered(folder: string): Manifest[] {
  const objects = known.get(folder) ?? render(folder);
  if (!isAbsolute(folder)) known.set(folder, objects);
  return structuredClone(objects);
}

function render(folder: string): Manifest[] {
  return parsed(execFileSync(requireKubectl(), ['kustomize', folder], { cwd: root, encoding: 'utf8' }));
}

export function objectsIn(file: string): Manifest[] {
  return parsed(readFileSync(`${root}/${file}`, 'utf8'));
}

export function parsed(text: string): Manifest[] {
  return parseAllDocuments(text, { uniqueKeys: true }).map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS() as Manifest;
  });
}

export const named = ({ kind, metadata: { name } }: Manifest) => `${kind}/${name}`;
export const ofKind = (objects: Manifest[], kind: string) => objects.filter((object) => object.kind === kind);
