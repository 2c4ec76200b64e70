import { CustomerChangedSchema, OfferingChangedSchema } from '#proto/ordering/v1/events';
import { TariffChangedSchema } from '#proto/rating/v1/events';
import { Fault } from '#shared/errors/fault';
import { on } from '#shared/inbox/consumer';
import { tariffFromProto } from '#shared/pricing/fromProto';
import { saveCustomer, saveOffering, saveTariff } from '../store/copies.ts';

const without = (what: string) => new Fault('EVENT_MALFORMED', { message: `the event carries no ${what}` });

/** Keeps tariffs as they are now. One that cannot be priced is parked here instead of stopping a bill run later. */
export const onTariffChanged = on(TariffChangedSchema, async ({ tariff }, tx) => {
  if (!tariff) throw without('tariff');
  tariffFromProto(tariff);
  await saveTariff(tx, tariff);
});

export const onOfferingChanged = on(OfferingChangedSchema, async ({ offering }, tx) => {
  if (!offering) throw without('offering');
  await saveOffering(tx, offering);
});

export const onCustomerChanged = on(CustomerChangedSchema, async ({ customer }, tx) => {
  if (!customer) throw without('customer');
  await saveCustomer(tx, customer);
});
