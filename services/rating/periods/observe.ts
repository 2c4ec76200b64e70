import type { Sql } from '#shared/database/database';
import { observeTogether, type Reading } from '#shared/telemetry/gauges';
import { closeProgress } from './store/closeProgress.ts';

/**
 * How far closes are: lines that the month has, that billing was handed, that are on invoices, and that are still to be. Shown are months that are being closed, and the
 * last one that was of each business, so that there are as many series as businesses and not as many as months.
 */
export function observeCloses(sql: Sql): void {
  observeTogether(
    { 'jangbu.close.lines': { description: 'Lines of a month by how far its close is', unit: '{line}' } },
    async () => ({
      'jangbu.close.lines': (await closeProgress(sql)).flatMap(({ business, period, ...progress }) =>
        Object.entries(progress).flatMap(([name, lines]): Reading[] => {
          if (lines === null) return [];
          const attributes = { 'jangbu.business': business, 'jangbu.period': period, 'jangbu.progress': name };
          return [{ value: Number(lines), attributes }];
        }),
      ),
    }),
  );
}
