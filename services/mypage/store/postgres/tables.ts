import type { Sql } from '#shared/database/database';
import { GenerationMissing } from '../store.ts';

/** Each generation has tables of its own, so that dropping one costs nothing and disturbs nobody who reads another. */
export function tablesOf(generation: number): { documents: string; timeline: string; channel: string } {
  // The number is part of SQL text.
  if (!Number.isSafeInteger(generation) || generation < 0) throw new Error(`no generation: ${generation}`);
  return {
    documents: `documents_${generation}`,
    timeline: `timeline_${generation}`,
    channel: `mypage_${generation}`,
  };
}

export async function makeTables(sql: Sql, generation: number): Promise<void> {
  const { documents, timeline } = tablesOf(generation);
  await dropTables(sql, generation);
  await sql.query(`
    create table ${documents} (
      kind text not null,
      id text collate "C" not null,
      customer_id text collate "C" not null,
      sequence bigint not null,
      document jsonb not null,
      primary key (kind, id)
    );
    create index on ${documents} (customer_id, kind, id);
    create table ${timeline} (
      id text collate "C" primary key,
      customer_id text collate "C" not null,
      time timestamptz not null,
      event text not null,
      text text not null,
      subject_id text not null
    );
    create index on ${timeline} (customer_id, time, id)`);
}

export async function dropTables(sql: Sql, generation: number): Promise<void> {
  const { documents, timeline } = tablesOf(generation);
  await sql.query(`drop table if exists ${documents}, ${timeline}`);
}

export async function generationsOf(sql: Sql): Promise<number[]> {
  const { rows } = await sql.query<{ number: number }>(
    `select distinct substring(relname from '_(\\d+)$')::int as number from pg_class
     where relkind = 'r' and relnamespace = current_schema()::regnamespace and relname ~ '^(documents|timeline)_\\d+$'
     order by number`,
  );
  return rows.map(({ number }) => number);
}

/** Runs statements on a generation's tables; that they are not there is an answer, too. */
export async function onTables<T>(generation: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if ((cause as { code?: string }).code === '42P01') throw new GenerationMissing(generation, { cause });
    throw cause;
  }
}
