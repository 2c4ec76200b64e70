import type { FieldViolation } from '#shared/errors/fault';
import type { Content, OfferingKind, VisitTerms } from './offering.ts';

/**
 * What is wrong with a new offering, field by field: only goods have a stock, content and nothing else has content, only visits have
 * rules, only lines limit spending.
 */
export function checkParticulars(
  kind: OfferingKind,
  {
    stock,
    content,
    visit,
    spendingLimit,
  }: { stock: bigint; content?: unknown; visit?: unknown; spendingLimit?: unknown },
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
  if (kind !== 'VISIT' && visit !== undefined) {
    violations.push({
      field: 'offering.visit',
      description: `only VISIT has rules of visits, this is of kind ${kind}`,
    });
  }
  if (kind !== 'LINE' && spendingLimit !== undefined) {
    violations.push({
      field: 'offering.spending_limit',
      description: `only a LINE has a spending limit, this is of kind ${kind}`,
    });
  }
  return violations;
}

/** Rules that nobody has written down: a breach costs nothing, and nobody is banned. */
export function termsOf(wanted: VisitTerms | undefined): VisitTerms {
  return { penaltyPoints: wanted?.penaltyPoints ?? 0n, banThreshold: wanted?.banThreshold ?? 0n };
}

export function sameTerms(one: VisitTerms, other: VisitTerms): boolean {
  return one.penaltyPoints === other.penaltyPoints && one.banThreshold === other.banThreshold;
}

/** Content after an upload. The same once more is no new version. */
export function uploaded(current: Content, wanted: Omit<Content, 'version'>): Content {
  const same = current.author === wanted.author && current.episode === wanted.episode && current.body === wanted.body;
  return same ? current : { ...wanted, version: current.version + 1 };
}
