import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export interface ComposeService {
  image?: string;
  command?: string[];
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  ports?: string[];
  volumes?: string[];
  logging?: { driver: string };
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
}

export interface Compose {
  services: Record<string, ComposeService>;
  volumes?: Record<string, unknown>;
}

const folder = new URL('../../deploy/compose/', import.meta.url);

export function composeText(name: string): string {
  return readFileSync(new URL(name, folder), 'utf8');
}

export const parseCompose = (text: string): Compose => parse(text, { merge: true }) as Compose;

/** As `-f` after `-f` puts files together, as far as ours need it. */
export function together(...files: Compose[]): Compose {
  const merged: Compose = { services: {}, volumes: {} };
  for (const { services, volumes } of files) {
    Object.assign(merged.volumes ?? {}, volumes);
    for (const [name, service] of Object.entries(services)) {
      const before = merged.services[name] ?? {};
      merged.services[name] = {
        ...before,
        ...service,
        environment: { ...before.environment, ...service.environment },
        depends_on: { ...before.depends_on, ...service.depends_on },
      };
    }
  }
  return merged;
}

/** What deploy/compose/secrets.ts prints. */
export function madeSecrets(): Record<string, string> {
  const program = fileURLToPath(new URL('secrets.ts', folder));
  const text = execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', program], { encoding: 'utf8' });
  return Object.fromEntries(
    text
      .trim()
      .split('\n')
      .map((line) => line.split('=') as [string, string]),
  );
}

/** `${NAME:-default}` and `${NAME:?why}` as Compose reads them; what is asked for and not there is told. */
export function interpolated(text: string, variables: Record<string, string>): { text: string; missing: string[] } {
  const missing: string[] = [];
  const replaced = text.replace(/\$\$|\$\{(\w+)(?::([-?])([^}]*))?\}/g, (match, name, kind, rest) => {
    if (match === '$$') return '$';
    const value = variables[name];
    if (value !== undefined && value !== '') return value;
    if (kind !== '-') missing.push(name);
    return kind === '-' ? rest : '';
  });
  return { text: replaced, missing };
}
