import type { Sql } from '../database/database.ts';
import { observeTogether } from '../telemetry/gauges.ts';

/** How many events wait for publication and for how long the oldest of them has. The index of unpublished rows answers both. */
export function observeOutbox(sql: Sql): void {
  observeTogether(
    {
      'jangbu.outbox.depth': { description: 'Events that wait for their publication', unit: '{event}' },
      'jangbu.outbox.age': { description: 'For how long the oldest event has waited for its publication', unit: 's' },
    },
    async () => {
      const { rows } = await sql.query<{ depth: bigint; age: number }>(
        `select (select count(*) from outbox where published_at is null) as depth,
           coalesce((select extract(epoch from clock_timestamp() - created_at)::float8 from outbox
             where published_at is null order by position limit 1), 0) as age`,
      );
      const [{ depth, age } = { depth: 0n, age: 0 }] = rows;
      // An event of this very moment may have been created, by the row's clock, a moment later.
      return { 'jangbu.outbox.depth': [{ value: Number(depth) }], 'jangbu.outbox.age': [{ value: Math.max(0, age) }] };
    },
  );
}
