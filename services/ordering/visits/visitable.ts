import type { Sql } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import type { Offering } from '../catalog/offering.ts';
import { offeringNotFound } from '../catalog/rpc/convert.ts';
import { findOffering } from '../catalog/store/offerings.ts';

/** An offering of visits; a fault says what else it is. */
export async function visitable(sql: Sql, id: string): Promise<Offering> {
  const offering = await findOffering(sql, id);
  if (!offering) throw offeringNotFound(id);
  if (offering.kind === 'VISIT') return offering;
  throw new Fault('OFFERING_KIND_MISMATCH', {
    message: `offering ${id} is of kind ${offering.kind}; only a VISIT is visited`,
    metadata: { offering_id: id, kind: offering.kind },
  });
}
