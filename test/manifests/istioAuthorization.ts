import type { Manifest } from './manifest.ts';

/** A request as a proxy's policies see it. Without a certificate of the mesh it has no principal. */
export interface Request {
  principal?: string;
  port: number;
  method: string;
  path: string;
}

interface Source {
  principals?: string[];
}
interface Operation {
  ports?: string[];
  methods?: string[];
  paths?: string[];
}
interface Rule {
  from?: { source: Source }[];
  to?: { operation: Operation }[];
}

/** The fields that the evaluation knows; it refuses to judge a policy that has others. */
const known = {
  spec: ['selector', 'action', 'rules'],
  rule: ['from', 'to'],
  source: ['principals'],
  operation: ['ports', 'methods', 'paths'],
};

/**
 * Whether a workload's proxy lets a request in, as Istio's reference says it of ALLOW policies: where none applies to the workload everything
 * is let in, else what a rule of any of them matches. Of a rule, one of `from` and one of `to` must match; of those, every field; of a field, one value.
 */
export function isAllowed(policies: Manifest[], labels: Record<string, string>, request: Request): boolean {
  const applying = policies.filter((policy) => appliesTo(policy, labels));
  return (
    applying.length === 0 ||
    applying.some(({ spec }) => (spec.rules ?? []).some((rule: Rule) => ruleMatches(rule, request)))
  );
}

function appliesTo({ kind, metadata, spec = {} }: Manifest, labels: Record<string, string>): boolean {
  if (kind !== 'AuthorizationPolicy') throw new Error(`${kind} is no policy`);
  onlyKnown(spec, known.spec);
  if ((spec.action ?? 'ALLOW') !== 'ALLOW') throw new Error(`${metadata.name}: ${spec.action} is not evaluated here`);
  return Object.entries(spec.selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
}

function ruleMatches(rule: Rule, { principal, port, method, path }: Request): boolean {
  onlyKnown(rule, known.rule);
  const comesFrom = ({ source }: { source: Source }) => {
    onlyKnown(source, known.source);
    return (
      !source.principals || (principal !== undefined && source.principals.some((one) => textMatches(one, principal)))
    );
  };
  const goesTo = ({ operation }: { operation: Operation }) => {
    onlyKnown(operation, known.operation);
    const fields = [
      [operation.ports, String(port)],
      [operation.methods, method],
      [operation.paths, path],
    ] as const;
    return fields.every(([wanted, value]) => !wanted || wanted.some((one) => textMatches(one, value)));
  };
  return (!rule.from || rule.from.some(comesFrom)) && (!rule.to || rule.to.some(goesTo));
}

/** Exact, `prefix*`, `*suffix`, or `*` for anything that is there. */
function textMatches(pattern: string, text: string): boolean {
  if (pattern === '*') return text !== '';
  if (pattern.endsWith('*')) return text.startsWith(pattern.slice(0, -1));
  if (pattern.startsWith('*')) return text.endsWith(pattern.slice(1));
  return pattern === text;
}

function onlyKnown(object: object, fields: string[]): void {
  const other = Object.keys(object).filter((field) => !fields.includes(field));
  if (other.length > 0) throw new Error(`not evaluated here: ${other.join(', ')}`);
}
