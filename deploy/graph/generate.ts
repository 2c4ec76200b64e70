// Writes what follows from the call graph: policies of Istio, routes, scopes, network policies.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { manifests } from './manifests.ts';
import { meshGraph } from './meshGraph.ts';

const root = join(import.meta.dirname, '..', '..');
for (const [file, text] of manifests(await meshGraph())) {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}
