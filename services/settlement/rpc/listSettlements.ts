import type { ListCustomerSettlementsRequest, ListSettlementsRequest } from '#proto/settlement/v1/settlement_service';
import type { Sql } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { cutPage, pageOf } from '#shared/rpc/page';
import { listHeads } from '../store/heads.ts';
import { listCustomers, listTotalsOf } from '../store/sums.ts';
import { customerToProto, settlementToProto } from './convert.ts';
import { requireHead } from './getSettlement.ts';

/** Settlements, newest month first, each with its totals only. */
export function listSettlements(sql: Sql) {
  return async (request: ListSettlementsRequest) => {
    const { limit, after } = twoKeys(pageOf(request));
    const heads = await listHeads(sql, { business: request.business, after, limit: limit + 1 });
    const { rows, nextPageToken } = cutPage(heads, limit, ({ period, business }) => [period, business]);
    const totalsOf = await listTotalsOf(sql, rows);
    const settlements = rows.map((head) => {
      const settlement = settlementToProto(head, totalsOf(head), []);
      settlement.differences = [];
      return settlement;
    });
    return { settlements, nextPageToken };
  };
}

/** A month's sums by customer; a customer with invoices in two currencies has two entries. */
export function listCustomerSettlements(sql: Sql) {
  return async (request: ListCustomerSettlementsRequest) => {
    const { limit, after } = twoKeys(pageOf(request));
    const head = await requireHead(sql, { business: request.business, period: request.period });
    const sums = await listCustomers(sql, head, { after, limit: limit + 1 });
    const { rows, nextPageToken } = cutPage(sums, limit, ({ customerId, currency }) => [customerId, currency]);
    return { customerSettlements: rows.map(customerToProto), nextPageToken };
  };
}

function twoKeys<P extends { after: string[] | undefined }>(page: P): P {
  if (page.after === undefined || page.after.length === 2) return page;
  throw new Fault('PAGE_TOKEN_INVALID', { message: 'page_token is not one of this method' });
}
