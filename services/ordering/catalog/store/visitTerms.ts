import type { Sql, Transaction } from '#shared/database/database';
import type { VisitTerms } from '../offering.ts';

export async function insertVisitTerms(tx: Transaction, offeringId: string, terms: VisitTerms): Promise<void> {
  await tx.query('insert into visit_terms (offering_id, penalty_points, ban_threshold) values ($1, $2, $3)', [
    offeringId,
    terms.penaltyPoints,
    terms.banThreshold,
  ]);
}

/** The transaction holds the offering's row. */
export async function updateVisitTerms(tx: Transaction, offeringId: string, terms: VisitTerms): Promise<void> {
  await tx.query('update visit_terms set penalty_points = $2, ban_threshold = $3 where offering_id = $1', [
    offeringId,
    terms.penaltyPoints,
    terms.banThreshold,
  ]);
}

/** The terms of each of the offerings that have some. */
export async function visitTermsOf(sql: Sql, offeringIds: string[]): Promise<Map<string, VisitTerms>> {
  const { rows } = await sql.query<VisitTerms & { offeringId: string }>(
    `select offering_id as "offeringId", penalty_points as "penaltyPoints", ban_threshold as "banThreshold"
     from visit_terms where offering_id = any($1)`,
    [offeringIds],
  );
  return new Map(rows.map(({ offeringId, ...terms }) => [offeringId, terms]));
}
