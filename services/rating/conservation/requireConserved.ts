import type { Sql } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import type { UsageFault } from './domain/compare.ts';
import { knownFaults } from './store/faults.ts';
import { findMiscounted } from './store/sums.ts';

/**
 * Refuses to close a month whose books are known not to agree: what was found when it was looked at last, and files whose counts
 * alone do not add up. Records themselves are added up by the close before it hands anything over.
 */
export async function requireConserved(
  sql: Sql,
  of: { business: string; businessNo: number; month: string },
): Promise<void> {
  const [fault] = await knownFaults(sql, of.businessNo, of.month);
  if (fault) throw refusal(of, fault);
  const file = await findMiscounted(sql, of.businessNo);
  if (!file) return;
  const { fileId, received: expected, counted: actual } = file;
  throw refusal(of, { fileId, check: 'received = rated + duplicate + rejected + late', expected, actual });
}

function refusal(of: { business: string; month: string }, { fileId, check, expected, actual }: UsageFault): Fault {
  const where = fileId === '' ? `${of.business} ${of.month}` : `file ${fileId}`;
  return new Fault('USAGE_NOT_CONSERVED', {
    message: `${where}: ${check} does not hold: ${expected} and ${actual}`,
    metadata: { check, expected: String(expected), actual: String(actual), file: fileId },
  });
}
