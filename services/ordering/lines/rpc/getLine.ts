import type { GetLineRequest } from '#proto/ordering/v1/line_service';
import type { Sql } from '#shared/database/database';
import type { CallContext } from '#shared/rpc/context';
import { requireOwner } from '#shared/rpc/ownership';
import { findLine } from '../store/readLines.ts';
import { lineNotFound, lineToProto } from './convert.ts';

export function getLine(sql: Sql) {
  return async ({ line: id }: GetLineRequest, { caller }: CallContext) => {
    const line = await findLine(sql, id);
    if (!line) throw lineNotFound(id);
    requireOwner(caller, line.customerId, lineNotFound(id));
    return lineToProto(line);
  };
}
