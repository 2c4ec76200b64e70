import type { Sql } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { findBusinessNo, hasLines } from '../store/businesses.ts';

/** The number of a business that has, or had, lines: no other has months. */
export async function knownBusiness(sql: Sql, business: string): Promise<number> {
  const no = await findBusinessNo(sql, business);
  if (no !== undefined && (await hasLines(sql, no))) return no;
  throw new Fault('PERIOD_NOT_FOUND', { message: `${business} has no lines`, metadata: { business } });
}
