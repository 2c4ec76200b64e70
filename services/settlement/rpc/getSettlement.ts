import type { GetSettlementRequest } from '#proto/settlement/v1/settlement_service';
import type { Database, Sql } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import type { SettlementKey } from '../domain/books.ts';
import { findHead } from '../store/heads.ts';
import type { SettlementHead } from '../store/mapping.ts';
import { inSnapshot } from '../store/snapshot.ts';
import { listProducts, listTotals } from '../store/sums.ts';
import { settlementToProto } from './convert.ts';

/** A settlement as it stands, an open one included. */
export function getSettlement(database: Database) {
  return ({ business, period }: GetSettlementRequest) =>
    inSnapshot(database, async (sql) => {
      const head = await requireHead(sql, { business, period });
      return settlementToProto(head, await listTotals(sql, head), await listProducts(sql, head));
    });
}

export async function requireHead(sql: Sql, key: SettlementKey): Promise<SettlementHead> {
  const head = await findHead(sql, key);
  if (head) return head;
  throw new Fault('SETTLEMENT_NOT_FOUND', {
    message: `${key.business} has no settlement for ${key.period}`,
    metadata: { ...key },
  });
}
