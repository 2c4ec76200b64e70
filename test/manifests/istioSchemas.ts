import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Manifest, nameOf } from './manifest.ts';

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** Where a kind's class and type come from. */
function packageOf(apiVersion: string): string {
  const [group, version] = apiVersion.split('/');
  if (version === undefined) return `kubernetes-models/${group}`;
  if (group?.endsWith('istio.io')) return `@kubernetes-models/istio/${group}/${version}`;
  if (group === 'monitoring.coreos.com') return `@kubernetes-models/prometheus-operator/${group}/${version}`;
  return `kubernetes-models/${group}/${version}`;
}

interface Model {
  validate(): void;
}

/** What the schemas of the CRDs say against the objects: patterns, ranges, what is required, rules of either-or. */
export async function schemaFaults(objects: Manifest[]): Promise<string[]> {
  const faults: string[] = [];
  for (const object of objects) {
    const models: Record<string, new (data: unknown) => Model> = await import(packageOf(object.apiVersion));
    const Class = models[object.kind];
    try {
      if (!Class) throw new Error('there is no such kind');
      new Class(object).validate();
    } catch (error) {
      faults.push(`${nameOf(object)}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return faults;
}

/**
 * What has no place in the objects' types. The schemas let unknown fields pass, and so does the API server in silence; a compiler that is shown the
 * objects as literals does not.
 */
export function unknownFields(objects: Manifest[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'jangbu-manifests-'));
  try {
    symlinkSync(modules, join(folder, 'node_modules'));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    const lines = objects.map(
      (object, index) =>
        `export const o${index}: import('${packageOf(object.apiVersion)}').I${object.kind} & { apiVersion: string; kind: string } = ${JSON.stringify(object)};`,
    );
    writeFileSync(join(folder, 'objects.ts'), lines.join('\n'));
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2024'];
    try {
      execFileSync(join(modules, '.bin', 'tsc'), [...options, '--ignoreConfig', 'objects.ts'], {
        cwd: folder,
        encoding: 'utf8',
        stdio: 'pipe',
      });
      return [];
    } catch (error) {
      const { stdout } = error as { stdout: string };
      return stdout
        .split('\n')
        .filter((line) => line.startsWith('objects.ts'))
        .map((line) => {
          const object = objects[Number(/\((\d+),/.exec(line)?.[1]) - 1];
          return `${object ? nameOf(object) : ''}: ${line.replace(/^.*?: error /, '')}`;
        });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
