/** Where a bill run stands: the last line that is on an invoice, and which part of its account's invoices that is. */
export interface Cursor {
  account: string;
  part: number;
  line: string;
}

/** The lines of one invoice. */
export interface AccountPart<Line> {
  accountId: string;
  part: number;
  lines: Line[];
}

/**
 * Cuts lines, which come sorted by account, into invoices. With more lines to come the last account may be incomplete, so
 * it is left for the next batch, unless it fills the whole batch: then the batch is a part of it.
 */
export function cutIntoParts<Line extends { accountId: string }>(
  lines: readonly Line[],
  cursor: Cursor,
  hasMore: boolean,
): AccountPart<Line>[] {
  const parts: AccountPart<Line>[] = [];
  for (const line of lines) {
    const last = parts.at(-1);
    if (last?.accountId === line.accountId) {
      last.lines.push(line);
      continue;
    }
    // Only the account at the cursor can have been begun by an earlier batch.
    const part = line.accountId === cursor.account ? cursor.part + 1 : 1;
    parts.push({ accountId: line.accountId, part, lines: [line] });
  }
  return hasMore && parts.length > 1 ? parts.slice(0, -1) : parts;
}
