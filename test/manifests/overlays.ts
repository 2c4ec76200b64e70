import { find, type Manifest, rendered } from './manifest.ts';

export const overlays = ['dev', 'staging', 'prod'] as const;

const recovery = 'deploy/k8s/components/cloudnative-pg/recovery';

/** Every overlay as `kubectl apply -k` would send it, and the recovery of the database. */
export function renderedOverlays(): Map<string, Manifest[]> {
  const folders = [...overlays.map((name) => `deploy/k8s/overlays/${name}`), recovery];
  return new Map(folders.map((folder) => [folder.split('/').at(-1) ?? '', rendered(folder)]));
}

export function get(objects: Manifest[], kind: string, name: string): Manifest {
  const found = find(objects, kind, name);
  if (!found) throw new Error(`no ${kind} ${name}`);
  return found;
}

export const pod = (objects: Manifest[], name = 'billing') => get(objects, 'Deployment', name).spec.template.spec;
export const container = (objects: Manifest[], name = 'billing') => pod(objects, name).containers[0];
export const remove = (objects: Manifest[], kind: string, name: string) =>
  objects.splice(objects.indexOf(get(objects, kind, name)), 1);
