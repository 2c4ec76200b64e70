import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostOf, partitionsHost, workloads } from '../../deploy/graph/platform.ts';
import { type Manifest, nameOf, ofKind, rendered } from './manifest.ts';
import { schemaFaults } from './strict.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let production: Manifest[];
let canary: Manifest[];
beforeAll(() => {
  production = rendered('deploy/k8s/overlays/prod');
  canary = rendered('deploy/k8s/overlays/canary');
});

const folder = mkdtempSync(join(tmpdir(), 'jangbu-canary-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The canary of a program, as an overlay that names another component would make it; of production it takes programs and mesh, which is quicker. */
function canaryOf(name: string): Manifest[] {
  const path = (file: string) => relative(folder, `${root}/${file}`);
  const weights = {
    apiVersion: 'jangbu.io/v1',
    kind: 'CanaryWeights',
    metadata: { name },
    spec: { stable: 75, canary: 25 },
  };
  const objects = [weights, ...ofKind(production, 'Deployment')];
  writeFileSync(join(folder, 'objects.yaml'), objects.map((object) => JSON.stringify(object)).join('\n---\n'));
  const resources = [path('istio'), 'objects.yaml'];
  const components = [path(`istio/traffic/canary/${name}`)];
  writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify({ resources, components }));
  return rendered(folder).filter(({ kind }) => kind !== 'CanaryWeights');
}

interface Destination {
  destination: { host: string; subset?: string };
  weight?: number;
}

const labelsOf = (deployment: Manifest | undefined): Record<string, string> =>
  deployment?.spec.template.metadata.labels;
const selects = (selector: Record<string, string>, labels: Record<string, string>) =>
  Object.entries(selector).every(([key, value]) => labels[key] === value);
const named = (objects: Manifest[], kind: string, name: string) =>
  ofKind(objects, kind).find(({ metadata }) => metadata.name === name);

/** To which versions, and how much, each route leads that leads to a program at all; the one by address aside. */
function shares(objects: Manifest[], name: string): string[] {
  const routes: { route: Destination[] }[] = ofKind(objects, 'VirtualService').flatMap(({ spec }) => spec.http);
  return routes
    .filter(({ route }) => route.some(({ destination }) => destination.host === hostOf(name)))
    .map(({ route }) => route.map(({ destination, weight = 100 }) => `${destination.subset} ${weight}`).join(', '));
}

describe('MESH-7: two versions of a program', () => {
  it('are known before there is a second one, whose pods then get no call that no weight gives them', () => {
    for (const name of workloads) {
      const { subsets } = named(production, 'DestinationRule', name)?.spec ?? {};
      const labels = labelsOf(named(production, 'Deployment', name));
      const fitting = subsets.filter((subset: { labels: Record<string, string> }) => selects(subset.labels, labels));
      expect(
        fitting.map((subset: { name: string }) => subset.name),
        name,
      ).toEqual(['stable']);
      expect(new Set(shares(production, name)), name).toEqual(new Set(['stable 100']));
    }
  });

  it('are production and the overlay beside it, which touches nothing that serves', () => {
    const kinds = new Set(canary.map(({ kind }) => kind));
    expect([...kinds].sort(), 'deploy/graph/canary.ts lists the kinds that a canary leaves alone').toEqual([
      'ConfigMap',
      'Deployment',
      'Job',
      'VirtualService',
    ]);
    expect(ofKind(canary, 'Deployment').map(({ metadata }) => metadata.name)).toEqual(['rating-canary']);
    expect(ofKind(canary, 'Job').map(({ metadata }) => metadata.name)).toEqual(['migrate-rating']);
    // Settings have the names of their content: what is the same is there already.
    const settings = (objects: Manifest[]) => ofKind(objects, 'ConfigMap').map(({ metadata }) => metadata.name);
    expect(settings(production)).toEqual(expect.arrayContaining(settings(canary)));
    // Routes are in the cluster before the first of its pods is ready.
    expect(new Set(shares(canary, 'rating'))).toEqual(new Set(['stable 100, canary 0']));
  });

  it('keep to the schemas', async () => {
    for (const object of canary) expect(await schemaFaults(object), nameOf(object)).toEqual([]);
  });

  it('differ in their image and their version alone, and select each other’s pods in no case', () => {
    const stable = named(production, 'Deployment', 'rating');
    const other = named(canary, 'Deployment', 'rating-canary');
    const [mine, theirs] = [stable, other].map((one) => structuredClone(one?.spec.template.spec));
    expect(theirs.containers[0].image).not.toBe(mine.containers[0].image);
    expect({ ...theirs, containers: [{ ...theirs.containers[0], image: mine.containers[0].image }] }).toEqual(mine);
    expect(labelsOf(other)).toEqual({ ...labelsOf(stable), version: 'canary' });
    expect(selects(stable?.spec.selector.matchLabels, labelsOf(other))).toBe(false);
    expect(selects(other?.spec.selector.matchLabels, labelsOf(stable))).toBe(false);
    expect(selects(other?.spec.selector.matchLabels, labelsOf(other))).toBe(true);
    // Who calls it and whom it calls is the same: policies, scopes and accounts go by what both have.
    const service = named(production, 'Service', 'rating')?.spec.selector;
    expect(selects(service, labelsOf(other))).toBe(true);
  });

  it.each([...workloads])(
    'share every call of %s, those from outside included, and nothing else about it changes',
    (name) => {
      const objects = canaryOf(name);
      const found = shares(objects, name);
      expect(new Set(found)).toEqual(new Set(['stable 75, canary 25']));
      expect(found).toHaveLength(shares(production, name).length);
      expect(ofKind(objects, 'Deployment').map(({ metadata }) => metadata.name)).toEqual([`${name}-canary`]);
      for (const service of ofKind(objects, 'VirtualService')) {
        const before = named(production, 'VirtualService', service.metadata.name)?.spec.http;
        const unsplit = service.spec.http.map(({ route, ...rest }: { route: Destination[] }) => {
          const [{ weight: _, ...first }] = route as [Destination];
          return { ...rest, route: [first] };
        });
        expect(unsplit).toEqual(before);
      }
    },
  );

  it('are no matter where rating calls rating, which knows the process by address', () => {
    const [route] = named(production, 'VirtualService', 'rating-partitions')?.spec.http ?? [];
    expect(route.route).toEqual([{ destination: { host: partitionsHost, port: { number: 9000 } } }]);
  });
});
