import { readdirSync, readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';

const folder = new URL('rules/', import.meta.url);

/** The rule files in Prometheus's own format. */
export const ruleFiles = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .sort();

export interface Rule {
  record?: string;
  alert?: string;
  expr: string;
  for?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export interface RuleFile {
  groups: { name: string; rules: Rule[] }[];
}

export function readRules(file: string): RuleFile {
  return parse(readFileSync(new URL(file, folder), 'utf8')) as RuleFile;
}

/** The same groups as objects of the Prometheus operator. Kustomize can put a file's text into an object, but not what the text means. */
export function prometheusRules(): string {
  const objects = ruleFiles.map((file) => ({
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: {
      name: `jangbu-${file.replace(/\.yaml$/, '')}`,
      namespace: 'jangbu',
      labels: { 'app.kubernetes.io/part-of': 'jangbu' },
    },
    spec: readRules(file),
  }));
  const header =
    '# Made from rules/*.yaml by generate.ts: change those, and run `node deploy/k8s/components/observability/generate.ts`.\n';
  return header + objects.map((object) => stringify(object, { lineWidth: 0 })).join('---\n');
}
