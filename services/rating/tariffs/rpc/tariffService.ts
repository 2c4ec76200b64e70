import { create } from '@bufbuild/protobuf';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { TariffChangedSchema } from '#proto/rating/v1/events';
import { type Tariff, TariffSchema } from '#proto/rating/v1/tariff';
import { TariffService } from '#proto/rating/v1/tariff_service';
import type { Database, Transaction } from '#shared/database/database';
import { Fault, invalidField } from '#shared/errors/fault';
import { newId } from '#shared/ids';
import { emit } from '#shared/outbox/outbox';
import { tariffFromProto } from '#shared/pricing/fromProto';
import { needsItemAmounts } from '#shared/pricing/needsItems';
import { command } from '#shared/rpc/context';
import { checkEtag } from '#shared/rpc/etag';
import { implement } from '#shared/rpc/implement';
import { cutPage, pageOf } from '#shared/rpc/page';
import { checkKeys, isText, isTime } from '../../rpc/pageKeys.ts';
import { addVersion } from '../domain/addVersion.ts';
import { findTariff, insertTariff, listTariffs, pricesLines, updateTariff } from '../store/tariffs.ts';
import { quote } from './quote.ts';
import { simulateTariff } from './simulateTariff.ts';

export interface TariffServiceOptions {
  database: Database;
  clock: { now(): Date };
  timeZone: string;
}

export function tariffService({ database, clock, timeZone }: TariffServiceOptions) {
  return implement(TariffService, database, {
    createTariff: command(async ({ tariff }, tx) => {
      if (!tariff) throw invalidField('tariff', 'is required');
      const named = create(TariffSchema, { ...tariff, id: tariff.id || newId() });
      return publish(tx, await insertTariff(tx, checked(named), clock.now()));
    }),

    getTariff: ({ tariff }) => findTariff(database, tariff),

    listTariffs: async (request) => {
      const { limit, after } = pageOf(request);
      if (after) checkKeys(after, isTime, isText);
      const tariffs = await listTariffs(database, after, limit + 1);
      const page = cutPage(tariffs, limit, (tariff) => [created(tariff), tariff.id]);
      return { tariffs: page.rows, nextPageToken: page.nextPageToken };
    },

    addTariffVersion: command(async ({ tariff: id, version, etag }, tx, context) => {
      if (!version) throw invalidField('version', 'is required');
      const tariff = await findTariff(tx, id, 'for update');
      checkEtag(etag || context.ifMatch, BigInt(tariff.etag));
      const wanted = checked(addVersion(tariff, version));
      await requireLinePrices(tx, wanted);
      return publish(tx, await updateTariff(tx, wanted));
    }),

    simulateTariff: (request, context) => simulateTariff(request, context, { database, timeZone }),

    quote: async (request) => quote(request, await findTariff(database, request.tariff), clock.now(), timeZone),
  });
}

/** Throws TARIFF_INVALID if the tariff contradicts itself. */
function checked(tariff: Tariff): Tariff {
  tariffFromProto(tariff);
  return tariff;
}

/** A version that no line's month can be priced by would hold up every invoice of the lines that have this tariff. */
async function requireLinePrices(tx: Transaction, tariff: Tariff): Promise<void> {
  const { versions } = tariffFromProto(tariff);
  if (!versions.some(({ components }) => components.some(needsItemAmounts)) || !(await pricesLines(tx, tariff.id)))
    return;
  const description =
    'percentage charges a share of what a usage item is worth, and the usage of lines with this tariff has no amounts';
  throw new Fault('TARIFF_INVALID', {
    message: `version.components: ${description}`,
    violations: [{ field: 'version.components', description }],
  });
}

async function publish(tx: Transaction, tariff: Tariff): Promise<Tariff> {
  await emit(tx, TariffChangedSchema, { tariff });
  return tariff;
}

function created({ createTime }: Tariff): string {
  return createTime ? timestampDate(createTime).toISOString() : '';
}
