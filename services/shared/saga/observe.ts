import type { Sql } from '../database/database.ts';
import { observeTogether, type Reading } from '../telemetry/gauges.ts';
import type { AnySaga } from './saga.ts';

/**
 * How many sagas are at which step, and how old the oldest of each type is. Steps where nobody is at the moment count 0, so that a
 * query has an answer before the first saga as well. Local steps are left out: a saga is never seen at one.
 */
export function observeSagas(sql: Sql, sagas: readonly AnySaga[]): void {
  if (sagas.length === 0) return;
  const places = sagas.flatMap(({ type, steps }) =>
    Object.entries(steps).flatMap(([step, { kind }]) =>
      kind === 'local' ? [] : [{ 'jangbu.saga.type': type, 'jangbu.saga.step': step }],
    ),
  );
  const types = [...new Set(sagas.map(({ type }) => type))].map((type) => ({ 'jangbu.saga.type': type }));
  observeTogether(
    {
      'jangbu.saga.active': { description: 'Sagas under way', unit: '{saga}' },
      'jangbu.saga.age': { description: 'Age of the oldest saga under way', unit: 's' },
    },
    async () => {
      const { rows } = await sql.query<{ type: string; step: string; active: bigint; age: number }>(
        `select type, step, count(*) as active, extract(epoch from clock_timestamp() - min(create_time))::float8 as age
         from sagas where not done group by type, step`,
      );
      const active = places.map((attributes): Reading => {
        const row = rows.find(
          ({ type, step }) => type === attributes['jangbu.saga.type'] && step === attributes['jangbu.saga.step'],
        );
        return { value: Number(row?.active ?? 0n), attributes };
      });
      const age = types.map((attributes): Reading => {
        const ages = rows.filter(({ type }) => type === attributes['jangbu.saga.type']).map((row) => row.age);
        return { value: Math.max(0, ...ages), attributes };
      });
      return { 'jangbu.saga.active': active, 'jangbu.saga.age': age };
    },
  );
}
