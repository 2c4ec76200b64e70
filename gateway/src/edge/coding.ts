/** How a body may be packed, the better one first. */
export const codings = ['br', 'gzip'] as const;
export type Coding = (typeof codings)[number];

export interface CompressionConfig {
  codings: readonly Coding[];
  /** Smaller bodies stay as they are. */
  minBytes: number;
}

/** Text in all its forms. Images, archives, PDF and gRPC's frames are packed already, or are not for reading as they come. */
const compressible =
  /^(text\/.+|application\/([\w.-]+\+)?(json|xml|yaml)|application\/(x-ndjson|ndjson|jsonl|javascript|x-yaml)|image\/svg\+xml)\s*(;|$)/i;

export function isCompressible(contentType: string): boolean {
  return compressible.test(contentType);
}

const remembered = new Map<string, ReadonlyMap<string, number>>();
const mostRemembered = 100;

/** The coding that the caller likes best of those offered; of equal ones the first; undefined where it wants the body as it is. */
export function acceptedCoding(header: string | undefined, offered: readonly Coding[]): Coding | undefined {
  if (header === undefined || header === '') return undefined;
  const weights = weightsOf(header);
  const weightOf = (coding: string) => weights.get(coding) ?? weights.get('*') ?? 0;
  let best: Coding | undefined;
  for (const coding of offered) {
    if (weightOf(coding) > (best === undefined ? 0 : weightOf(best))) best = coding;
  }
  return best !== undefined && weightOf(best) >= (weights.get('identity') ?? 0) ? best : undefined;
}

/** Clients have few wishes and repeat them with every request. */
function weightsOf(header: string): ReadonlyMap<string, number> {
  const known = remembered.get(header);
  if (known) return known;
  const weights = new Map<string, number>();
  for (const item of header.split(',')) {
    const [name = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    const value = weight === undefined ? 1 : Number(weight);
    if (name !== '') weights.set(name === 'x-gzip' ? 'gzip' : name, value >= 0 && value <= 1 ? value : 0);
  }
  if (remembered.size >= mostRemembered) remembered.clear();
  if (header.length <= 256) remembered.set(header, weights);
  return weights;
}
