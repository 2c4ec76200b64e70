import type { FieldViolation } from '#shared/errors/fault';
import type { Content, OfferingKind } from './offering.ts';

/** What is wrong with a new offering, field by field: only goods have a stock, content and nothing else has content. */
export function checkParticulars(
  kind: OfferingKind,
  { stock, content }: { stock: bigint; content?: unknown },
): FieldViolation[] {
  const violations: FieldViolation[] = [];
  if (kind !== 'GOODS' && stock !== 0n) {
    violations.push({ field: 'offering.stock', description: `only GOODS have a stock, this is of kind ${kind}` });
  }
  if (kind === 'CONTENT' && content === undefined) {
    violations.push({ field: 'offering.content', description: 'is missing: an offering of kind CONTENT needs it' });
  }
  if (kind !== 'CONTENT' && content !== undefined) {
    violations.push({ field: 'offering.content', description: `only CONTENT has content, this is of kind ${kind}` });
  }
  return violations;
}

/** Content after an upload. The same once more is no new version. */
export function uploaded(current: Content, wanted: Omit<Content, 'version'>): Content {
  const same = current.author === wanted.author && current.episode === wanted.episode && current.body === wanted.body;
  return same ? current : { ...wanted, version: current.version + 1 };
}
