import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { dashboards } from '../../deploy/k8s/components/observability/dashboards/source/all.ts';
import { jsonOf } from '../../deploy/k8s/components/observability/dashboards/source/dashboard.ts';
import { metricsOf } from '../../deploy/k8s/components/observability/dashboards/source/metrics.ts';

const folder = fileURLToPath(new URL('../../deploy/k8s/components/observability', import.meta.url));

interface Model {
  uid: string;
  title: string;
  templating: { list: { name: string; type: string }[] };
  panels: {
    id: number;
    type: string;
    title: string;
    description?: string;
    datasource?: { uid: string };
    fieldConfig?: { defaults: { unit?: string } };
    gridPos: { x: number; y: number; w: number; h: number };
    targets?: { refId: string; expr: string; legendFormat: string; datasource: { uid: string } }[];
  }[];
}

const files = readdirSync(`${folder}/dashboards`).filter((name) => name.endsWith('.json'));
const modelOf = (file: string) => JSON.parse(readFileSync(`${folder}/dashboards/${file}`, 'utf8')) as Model;

test('MESH-5 dashboards are up to date with their source, and each is loaded', () => {
  expect(files).toEqual(dashboards.map(({ name }) => `${name}.json`).toSorted());
  for (const dashboard of dashboards) {
    expect(
      readFileSync(`${folder}/dashboards/${dashboard.name}.json`, 'utf8'),
      'run `node deploy/k8s/components/observability/generate.ts`',
    ).toBe(jsonOf(dashboard));
  }
  const { configMapGenerator } = parse(readFileSync(`${folder}/kustomization.yaml`, 'utf8')) as {
    configMapGenerator: { files: string[] }[];
  };
  expect(configMapGenerator.flatMap((map) => map.files).toSorted()).toEqual(files.map((file) => `dashboards/${file}`));
  expect(new Set(files.map((file) => modelOf(file).uid)).size).toBe(files.length);
});

describe.each(files)('MESH-5 %s', (file) => {
  const { panels, templating } = modelOf(file);
  const shown = panels.filter(({ type }) => type !== 'row');

  test('MESH-5 has panels with ids of their own that lie beside one another', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
    const taken = new Set<string>();
    for (const { gridPos, title } of panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.has(`${x} ${y}`), title).toBe(false);
          taken.add(`${x} ${y}`);
        }
      }
    }
  });

  test.each(shown)('MESH-5 "$title" says what it shows, in which unit, and reads the chosen Prometheus', (panel) => {
    expect(panel.description).toBeTruthy();
    expect(panel.fieldConfig?.defaults.unit).toBeTruthy();
    const targets = panel.targets ?? [];
    expect(targets.length).toBeGreaterThan(0);
    expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    for (const { uid } of [panel.datasource, ...targets.map(({ datasource }) => datasource)].flatMap(
      (one) => one ?? [],
    ))
      expect(uid).toBe('$datasource');
    const known = new Set([...templating.list.map(({ name }) => name), '__rate_interval', '__range']);
    for (const { expr, legendFormat } of targets) {
      expect(legendFormat).toBeTruthy();
      expect([...expr.matchAll(/\$(\w+)/g)].map(([, name = '']) => name).filter((name) => !known.has(name))).toEqual(
        [],
      );
    }
  });
});

test('MESH-5 the names of metrics are found in any expression', () => {
  expect(
    metricsOf(
      'histogram_quantile(0.99, sum by (service, le) (rate(a_bucket{x="b_c", y=~"$it"}[$__rate_interval]))) or on (z) level:b:max * 0 unless vector(1) > 1e3',
    ),
  ).toEqual(['a_bucket', 'level:b:max']);
});
