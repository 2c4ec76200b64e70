import type { Sql, Transaction } from '#shared/database/database';
import { newId } from '#shared/ids';
import type { Difference, DifferenceKind } from '../domain/difference.ts';
import { fromLines, type LineJson, toLines } from './mapping.ts';

/** A difference as it is kept. */
export interface KeptDifference extends Difference {
  id: string;
  findTime: Date;
  resolveTime: Date | undefined;
}

interface DifferenceRow {
  id: string;
  entry_id: string;
  kind: DifferenceKind;
  billing: LineJson[];
  settlement: LineJson[];
  find_time: Date;
  resolve_time: Date | null;
}

const columns = 'id, entry_id, kind, billing, settlement, find_time, resolve_time';

/** Keeps a difference that stands. Answers with it if it is new; one that is known is only marked as looked at. */
export async function keepDifference(
  tx: Transaction,
  difference: Difference,
  now: Date,
): Promise<KeptDifference | undefined> {
  const id = newId();
  const { entryId, kind, billing, settlement } = difference;
  const { rows } = await tx.query<DifferenceRow>(
    `insert into journal_differences as d (id, entry_id, kind, billing, settlement, find_time, look_time)
     values ($1, $2, $3, $4::jsonb, $5::jsonb, $6, $6)
     on conflict (entry_id, (kind = 'OUT_OF_ORDER')) where resolve_time is null
     do update set look_time = excluded.look_time, billing = excluded.billing, settlement = excluded.settlement
     returning ${columns}`,
    [id, entryId, kind, JSON.stringify(fromLines(billing)), JSON.stringify(fromLines(settlement)), now],
  );
  const [row] = rows;
  return row?.id === id ? toDifference(row) : undefined;
}

/** Ends the open differences of these entries that are of other kinds than those given by entry. */
export async function resolveOthers(
  tx: Transaction,
  looked: readonly { entryId: string; outOfOrder: boolean; kind: DifferenceKind | undefined }[],
  now: Date,
): Promise<void> {
  await tx.query(
    `update journal_differences as d set resolve_time = $4, look_time = $4
     from unnest($1::text[], $2::boolean[], $3::text[]) as looked (entry_id, out_of_order, kind)
     where d.entry_id = looked.entry_id and (d.kind = 'OUT_OF_ORDER') = looked.out_of_order
       and d.resolve_time is null and d.kind is distinct from looked.kind`,
    [
      looked.map(({ entryId }) => entryId),
      looked.map(({ outOfOrder }) => outOfOrder),
      looked.map(({ kind }) => kind ?? null),
      now,
    ],
  );
}

/** Open differences that were not looked at since then, the one that has waited longest first. */
export async function openDifferences(sql: Sql, since: Date, limit: number): Promise<KeptDifference[]> {
  const { rows } = await sql.query<DifferenceRow>(
    `select ${columns} from journal_differences where resolve_time is null and look_time < $1
     order by look_time, id limit $2`,
    [since, limit],
  );
  return rows.map(toDifference);
}

export async function countOpen(sql: Sql): Promise<number> {
  const { rows } = await sql.query<{ open: bigint }>(
    'select count(*) as open from journal_differences where resolve_time is null',
  );
  return Number(rows[0]?.open ?? 0);
}

/** Differences, newest first; only those behind `after`. */
export async function listDifferences(
  sql: Sql,
  page: { resolvedToo: boolean; after: string | undefined; limit: number },
): Promise<KeptDifference[]> {
  const { rows } = await sql.query<DifferenceRow>(
    `select ${columns} from journal_differences
     where ($1 or resolve_time is null) and ($2::uuid is null or id < $2) order by id desc limit $3`,
    [page.resolvedToo, page.after ?? null, page.limit],
  );
  return rows.map(toDifference);
}

function toDifference(row: DifferenceRow): KeptDifference {
  return {
    id: row.id,
    entryId: row.entry_id,
    kind: row.kind,
    billing: toLines(row.billing),
    settlement: toLines(row.settlement),
    findTime: row.find_time,
    resolveTime: row.resolve_time ?? undefined,
  };
}
