import type { Sql } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { tariffFromProto } from '#shared/pricing/fromProto';
import type { Tariff } from '#shared/pricing/tariff';
import { findTariffs } from './store/tariffs.ts';

/** Tariffs by their ids, each read once. For one piece of work: what changes meanwhile is not seen. */
export class TariffShelf {
  readonly #tariffs = new Map<string, Tariff | undefined>();

  /** Fetches those that are not there yet. */
  async fetch(sql: Sql, ids: Iterable<string>): Promise<void> {
    const missing = [...new Set(ids)].filter((id) => !this.#tariffs.has(id));
    if (missing.length === 0) return;
    for (const id of missing) this.#tariffs.set(id, undefined);
    for (const found of await findTariffs(sql, missing)) this.#tariffs.set(found.id, tariffFromProto(found));
  }

  /** A tariff that was fetched; undefined if there is none. */
  find(id: string): Tariff | undefined {
    return this.#tariffs.get(id);
  }

  get(id: string): Tariff {
    const tariff = this.find(id);
    if (tariff) return tariff;
    throw new Fault('TARIFF_NOT_FOUND', { message: `there is no tariff ${id}`, metadata: { tariff: id } });
  }
}
