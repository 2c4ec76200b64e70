import type { Portion } from '../domain/portion.ts';

/** Portions as their jsonb column has them; null for none. */
export function portionsToJson(portions: readonly Portion[]): string | null {
  return portions.length > 0 ? JSON.stringify(portions) : null;
}

/** What JSON keeps as text comes back as it was. */
export function portionsFromJson(column: unknown): Portion[] {
  const portions = (column ?? []) as (Omit<Portion, 'tariffVersion'> & { tariffVersion?: string })[];
  return portions.map(({ tariffVersion, ...portion }) => ({
    ...portion,
    tariffVersion: tariffVersion === undefined ? undefined : new Date(tariffVersion),
  }));
}
