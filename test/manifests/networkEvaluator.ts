import type { Manifest } from './manifest.ts';

/** One end of a connection: a pod of a namespace, or an address outside of the cluster. */
export type End = { namespace: string; labels: Record<string, string> } | { address: string };

interface Selector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}
interface PolicyPeer {
  podSelector?: Selector;
  namespaceSelector?: Selector;
  ipBlock?: { cidr: string; except?: string[] };
}
interface PolicyRule {
  from?: PolicyPeer[];
  to?: PolicyPeer[];
  ports?: { protocol?: string; port?: number }[];
}

const own = 'jangbu';

/** Whether a connection is let out at one end and let in at the other, as network policies of our namespace say it; other namespaces have none here. */
export function mayConnect(policies: Manifest[], from: End, to: End, port: number, protocol = 'TCP'): boolean {
  const outward = side(policies, from, to, 'Egress', port, protocol);
  return outward && side(policies, to, from, 'Ingress', port, protocol);
}

function side(policies: Manifest[], at: End, other: End, type: 'Ingress' | 'Egress', port: number, protocol: string) {
  if (!('labels' in at) || at.namespace !== own) return true;
  const { labels } = at;
  const applying = policies.filter(({ spec }) => spec.policyTypes.includes(type) && selects(spec.podSelector, labels));
  if (applying.length === 0) return true;
  const rulesOf = ({ spec }: Manifest): PolicyRule[] => spec[type.toLowerCase()] ?? [];
  return applying.some((policy) =>
    rulesOf(policy).some((rule) => {
      const peers = type === 'Ingress' ? rule.from : rule.to;
      const isPort = !rule.ports || rule.ports.some((one) => one.port === port && (one.protocol ?? 'TCP') === protocol);
      return isPort && (!peers || peers.some((peer) => isPeer(peer, other)));
    }),
  );
}

function isPeer({ podSelector, namespaceSelector, ipBlock }: PolicyPeer, end: End): boolean {
  if (ipBlock) {
    return (
      'address' in end &&
      isIn(end.address, ipBlock.cidr) &&
      !(ipBlock.except ?? []).some((cidr) => isIn(end.address, cidr))
    );
  }
  if (!('labels' in end)) return false;
  const isNamespace = namespaceSelector
    ? selects(namespaceSelector, { 'kubernetes.io/metadata.name': end.namespace })
    : end.namespace === own;
  return isNamespace && selects(podSelector, end.labels);
}

function selects({ matchLabels = {}, matchExpressions = [] }: Selector = {}, labels: Record<string, string>): boolean {
  const fits = matchExpressions.every(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key in labels;
    if (operator === 'In') return values.some((value) => labels[key] === value);
    throw new Error(`not evaluated here: ${operator}`);
  });
  return fits && Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
}

function isIn(address: string, cidr: string): boolean {
  const [network = '', bits = '32'] = cidr.split('/');
  const number = (text: string) => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  return Math.floor(number(address) / size) === Math.floor(number(network) / size);
}
