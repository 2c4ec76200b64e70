import type { JsonValue } from '@bufbuild/protobuf';
import type { Sql } from '#shared/database/database';
import { type AnyDocument, type DocumentKind, documentKinds, shown } from '../../domain/document.ts';
import type { Entry } from '../../domain/entry.ts';
import { type Page, pageOf } from '../../domain/page.ts';
import type { Change, EntryKey } from '../store.ts';
import { fromDocument } from './json.ts';
import { readRef } from './ref.ts';
import { tablesOf } from './tables.ts';

export async function readPage(sql: Sql, generation: number, customerId: string): Promise<Page | undefined> {
  const { documents } = tablesOf(generation);
  const counted = await sql.query<{ kind: DocumentKind; count: number }>(
    `select kind, count(*)::int as count from ${documents} where customer_id = $1 group by kind`,
    [customerId],
  );
  if (counted.rowCount === 0 && !(await hasEntries(sql, generation, customerId))) return undefined;
  const { rows } = await sql.query<{ kind: DocumentKind; document: JsonValue }>(shownOf(documents), [customerId]);
  return pageOf(
    rows.map(({ kind, document }) => ({ kind, content: fromDocument(kind, document) }) as AnyDocument),
    new Map(counted.rows.map(({ kind, count }) => [kind, count])),
  );
}

function shownOf(documents: string): string {
  return documentKinds
    .map((kind) => {
      const { most, newestFirst } = shown[kind];
      return `(select kind, document from ${documents} where customer_id = $1 and kind = '${kind}'
        order by id ${newestFirst ? 'desc' : 'asc'} limit ${most})`;
    })
    .join(' union all ');
}

interface EntryRow {
  id: string;
  customer_id: string;
  time: Date;
  event: string;
  text: string;
  subject_id: string;
}

const columns = 'id, customer_id, time, event, text, subject_id';

export async function readTimeline(
  sql: Sql,
  generation: number,
  customerId: string,
  before: EntryKey | undefined,
  limit: number,
): Promise<Entry[] | undefined> {
  const { documents, timeline } = tablesOf(generation);
  const { rows } = await sql.query<EntryRow>(
    `select ${columns} from ${timeline}
     where customer_id = $1 and ($2::timestamptz is null or (time, id) < ($2, $3))
     order by time desc, id desc limit $4`,
    [customerId, before?.time ?? null, before?.id ?? null, limit],
  );
  if (rows.length > 0) return rows.map(toEntry);
  const { rowCount } = await sql.query(`select 1 from ${documents} where customer_id = $1 limit 1`, [customerId]);
  return rowCount > 0 || (await hasEntries(sql, generation, customerId)) ? [] : undefined;
}

export async function findChange(sql: Sql, generation: number, ref: string): Promise<Change | undefined> {
  const { documents, timeline } = tablesOf(generation);
  const found = readRef(ref);
  if (!found) return undefined;
  const { kind, id } = found;
  if (kind === 'entry') {
    const { rows } = await sql.query<EntryRow>(`select ${columns} from ${timeline} where id = $1`, [id]);
    return rows[0] && { type: 'entry', entry: toEntry(rows[0]) };
  }
  const { rows } = await sql.query<{ customer_id: string; sequence: bigint; document: JsonValue }>(
    `select customer_id, sequence, document from ${documents} where kind = $1 and id = $2`,
    [kind, id],
  );
  const [row] = rows;
  if (!row) return undefined;
  const { customer_id: customerId, sequence, document } = row;
  const content = fromDocument(kind, document);
  return { type: 'document', document: { kind, id, customerId, sequence, content } as AnyDocument };
}

async function hasEntries(sql: Sql, generation: number, customerId: string): Promise<boolean> {
  const { timeline } = tablesOf(generation);
  const { rowCount } = await sql.query(`select 1 from ${timeline} where customer_id = $1 limit 1`, [customerId]);
  return rowCount > 0;
}

function toEntry({ customer_id, subject_id, ...rest }: EntryRow): Entry {
  return { ...rest, customerId: customer_id, subjectId: subject_id };
}
