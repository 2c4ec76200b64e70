import type { ListLinesRequest } from '#proto/ordering/v1/line_service';
import type { Sql } from '#shared/database/database';
import { cutPage } from '#shared/rpc/page';
import { pageBy } from '../../keyset.ts';
import { listLineRows } from '../store/readLines.ts';
import { lineToProto, stateFromProto } from './convert.ts';

/** The contract's customer_field fills in a customer's own id before this runs. */
export function listLines(sql: Sql) {
  return async (request: ListLinesRequest) => {
    const { limit, after } = pageBy(1, request);
    const { customerId, serviceNumber, business } = request;
    const state = stateFromProto(request.state);
    const lines = await listLineRows(sql, {
      customerId,
      serviceNumber,
      business,
      state,
      after: after?.[0],
      limit: limit + 1,
    });
    const { rows, nextPageToken } = cutPage(lines, limit, ({ id }) => [id]);
    return { lines: rows.map(lineToProto), nextPageToken };
  };
}
