import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { PodMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor';
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { serviceNames } from '#shared/config/service';
import { prometheusRules, readRules, ruleFiles } from '../../deploy/k8s/components/observability/prometheusRules.ts';
import { runPromtool } from '../harness/prometheus.ts';

const folder = fileURLToPath(new URL('../../deploy/k8s/components/observability', import.meta.url));
const textOf = (file: string) => readFileSync(`${folder}/${file}`, 'utf8');
const rules = ruleFiles.flatMap((file) => readRules(file).groups).flatMap((group) => group.rules);
const alerts = rules.filter(({ alert }) => alert !== undefined);
const programs = [...serviceNames, 'gateway'];

describe('MESH-5 rules', () => {
  test('MESH-5 promtool accepts them', async () => {
    const { agrees, output } = await runPromtool(['check', 'rules', '--lint=all', ...ruleFiles], `${folder}/rules`);
    expect(output).not.toContain('FAILED');
    expect(agrees).toBe(true);
  });

  test('MESH-5 each alert fires when it should, and not when it should not', async () => {
    const tests = readdirSync(`${folder}/rules/tests`);
    const { agrees, output } = await runPromtool(['test', 'rules', ...tests], `${folder}/rules/tests`);
    expect(agrees, output).toBe(true);
    const proven = tests.flatMap((file) => textOf(`rules/tests/${file}`).match(/alertname: \w+/g) ?? []);
    expect(new Set(proven)).toEqual(new Set(alerts.map(({ alert }) => `alertname: ${alert}`)));
  });

  test('MESH-5 a rule that is changed fails its test', async () => {
    // The same test, of a rule that needs two parked events.
    const changed = textOf('rules/pipeline.yaml').replace('(jangbu_dead_letters) > 0', '(jangbu_dead_letters) > 1');
    const place = await mkdtemp(join(tmpdir(), 'jangbu-rules-'));
    try {
      await writeFile(`${place}/pipeline.yaml`, changed);
      await writeFile(`${place}/test.yaml`, textOf('rules/tests/pipeline.yaml').replace('../pipeline', './pipeline'));
      const { agrees, output } = await runPromtool(['test', 'rules', 'test.yaml'], place);
      expect(agrees).toBe(false);
      expect(output).toContain('alertname: DeadLetters');
    } finally {
      await rm(place, { recursive: true });
    }
  });

  test.each(alerts)('MESH-5 $alert says how bad it is, what it is and what to do', ({ labels, annotations = {} }) => {
    expect(labels?.severity).toMatch(/^(critical|warning)$/);
    expect(annotations.summary).toBeTruthy();
    expect(annotations.description).toBeTruthy();
    const [, anchor] = annotations.runbook_url?.split('/deploy/k8s/components/observability/README.md#') ?? [];
    const headings = textOf('README.md').match(/^#### .*$/gm) ?? [];
    expect(headings.map((heading) => heading.slice(5).toLowerCase())).toContain(anchor);
  });

  test('MESH-5 a program that is not scraped is noticed, whichever it is', () => {
    const { expr = '' } = alerts.find(({ alert }) => alert === 'ServiceNotScraped') ?? {};
    expect([...expr.matchAll(/service="(\w+)"/g)].map(([, name]) => name).sort()).toEqual([...programs].sort());
    const monitor = parse(textOf('pod-monitor.yaml')) as {
      spec: { selector: { matchExpressions: { values: string[] }[] } };
    };
    expect(monitor.spec.selector.matchExpressions[0]?.values.toSorted()).toEqual([...programs].sort());
  });

  test('MESH-5 what lasts by nature is not judged by how long it lasts', () => {
    const lists = rules.flatMap(({ expr }) =>
      [...expr.matchAll(/rpc_method!~"\.\*\/\(([\w|]+)\)"/g)].map(([, list]) => list),
    );
    expect(new Set(lists).size).toBe(1);
    const excepted = lists[0]?.split('|') ?? [];
    const image = readFileSync(new URL('../../proto/gen/image.binpb', import.meta.url));
    const methods = [...createFileRegistry(fromBinary(FileDescriptorSetSchema, image)).files]
      .filter(({ proto }) => proto.package.startsWith('jangbu.'))
      .flatMap(({ services }) => services.flatMap((service) => service.methods));
    const streams = methods.filter(({ methodKind }) => methodKind !== 'unary').map(({ name }) => name);
    expect(streams.filter((name) => !excepted.includes(name))).toEqual([]);
    expect(excepted.filter((name) => !methods.some((method) => method.name === name))).toEqual([]);
  });
});

describe('MESH-6 for the Prometheus operator', () => {
  test('MESH-6 its objects are made of the rules, and are up to date', () => {
    expect(textOf('prometheus-rules.yaml'), 'run `node deploy/k8s/components/observability/generate.ts`').toBe(
      prometheusRules(),
    );
  });

  test('MESH-6 its objects fit its schemas', () => {
    for (const document of parseAllDocuments(textOf('prometheus-rules.yaml'))) {
      const object = document.toJS() as ConstructorParameters<typeof PrometheusRule>[0];
      expect(() => new PrometheusRule(object).validate()).not.toThrow();
      expect(() => new PrometheusRule({ ...object, spec: { groups: [{}] } as never }).validate()).toThrow();
    }
    const monitor = parse(textOf('pod-monitor.yaml')) as ConstructorParameters<typeof PodMonitor>[0];
    expect(() => new PodMonitor(monitor).validate()).not.toThrow();
    expect(() => new PodMonitor({ ...monitor, spec: {} as never }).validate()).toThrow();
  });
});
