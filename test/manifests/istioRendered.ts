import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** An object of a manifest, as far as rules look at it. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  // biome-ignore lint/suspicious/noExplicitAny: every kind has its own; the schemas say which
  spec?: any;
}

/** What `kubectl apply -k` would send. */
export function rendered(folder: string): Manifest[] {
  try {
    return parsed(execFileSync('kubectl', ['kustomize', folder], { cwd: root, encoding: 'utf8' }));
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw isMissing
      ? new Error('kubectl is needed to render manifests: https://kubernetes.io/docs/tasks/tools')
      : error;
  }
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
