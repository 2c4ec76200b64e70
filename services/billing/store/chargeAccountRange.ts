import { type CopyRows, copyOut, literal } from '#shared/database/copyOut';
import type { Transaction } from '#shared/database/database';
import type { LineKey } from '../moved/movedBatch.ts';

/** About what a row takes. */
const bytesPerLine = 120;

/**
 * The charge accounts of a stretch of customers and lines, in the order of a batch (customer and line): line, account, service number, and whether the line says an email and an
 * address of its own. All of it stands in one index.
 */
export function chargeAccountsBetween(
  tx: Transaction,
  business: string,
  first: LineKey,
  last: LineKey,
  lines: number,
): Promise<CopyRows> {
  const key = ({ customer, line }: LineKey) => `(${literal(customer)}, ${literal(line)})`;
  return copyOut(
    tx,
    `select line_id, account_id, service_number, has_email, has_address from charge_accounts
     where business = ${literal(business)}
       and (customer_id collate "C", line_id collate "C") >= ${key(first)}
       and (customer_id collate "C", line_id collate "C") <= ${key(last)}
     order by customer_id collate "C", line_id collate "C"`,
    lines * bytesPerLine,
  );
}
