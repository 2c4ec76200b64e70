import { randomUUID } from 'node:crypto';
import type { Api } from '../../../deploy/local/sample/api.ts';
import { closeMonth } from '../../../deploy/local/sample/closeMonth.ts';
import type { Message, UsageFile } from '../../../deploy/local/sample/resources.ts';
import { until } from '../../../deploy/local/sample/until.ts';
import { activeLine, type Business, csv, MONTH, newCustomer, openBusiness, record, upload } from '../business.ts';
import { act, boardedRide, newRides, paymentsOf } from '../rides.ts';
import { buy, deliveriesOf, newEpisode, newGoods } from '../store.ts';
import { checkIn, newAreas, penalise } from '../visits.ts';

/** The two halves of the world, and who has nothing. */
export type Side = 'ours' | 'theirs' | 'nobodys';

const keys = [
  'customerId',
  'lineId',
  'lineOrderId',
  'chargeAccountId',
  'accountId',
  'pointsAccountId',
  'purchaseOrderId',
  'deliveryId',
  'contentOrderId',
  'invoiceId',
  'rideId',
  'driverId',
  'paymentId',
  'paymentMethodId',
  'visitId',
  'penaltyId',
  'messageId',
  'driverMessageId',
] as const;

/** The ids of what somebody has: a customer, and the driver who drove them. */
export type Belongings = Readonly<Record<(typeof keys)[number], string>>;

/** What belongs to nobody in particular. */
export interface Shared {
  readonly business: Business;
  readonly goodsId: string;
  readonly contentId: string;
  readonly ridesId: string;
  readonly areasId: string;
  readonly usageFileId: string;
}

export interface Estate {
  readonly shared: Shared;
  readonly of: Readonly<Record<Side, Belongings>>;
  /** What only one side may ever read, ids and more. */
  readonly secrets: Readonly<Record<Exclude<Side, 'nobodys'>, readonly string[]>>;
}

/** One of everything for each side, made through the gateway by an operator. */
export async function newEstate(api: Api): Promise<Estate> {
  const business = await openBusiness(api);
  const [goods, content, ridesId, areasId] = await Promise.all([
    newGoods(api, 100_000, '1'),
    newEpisode(api, '1', '바다가 조용했다.'),
    newRides(api),
    newAreas(api, { penaltyPoints: '1', banThreshold: '1000' }),
  ]);
  const offerings = { business, goodsId: goods.id, contentId: content.id, ridesId, areasId };
  const [ours, theirs] = await Promise.all([settle(api, offerings), settle(api, offerings)]);
  const month = [ours, theirs].flatMap(({ line }) => [record(line, 1_000_000), record(line, 2_000_000)]);
  const file: UsageFile = await upload(api, business, csv(month));
  const { invoices } = await closeMonth(api, { business: business.name, month: MONTH });
  const withInvoice = ({ belongings }: typeof ours): Belongings => {
    const invoice = invoices.find(({ customerId }) => customerId === belongings.customerId);
    return { ...belongings, invoiceId: found(invoice, 'an invoice').id };
  };
  return {
    shared: { ...offerings, usageFileId: file.id },
    of: { ours: withInvoice(ours), theirs: withInvoice(theirs), nobodys: nothing() },
    secrets: {
      ours: [...Object.values(withInvoice(ours)), ...ours.personal],
      theirs: [...Object.values(withInvoice(theirs)), ...theirs.personal],
    },
  };
}

type Offerings = Omit<Shared, 'usageFileId'>;

async function settle(api: Api, { business, goodsId, contentId, ridesId, areasId }: Offerings) {
  const { id: customerId, displayName, phone, email } = await newCustomer(api, `김철수 ${randomUUID().slice(0, 8)}`);
  const card = { customerId, token: 'tok_visa' };
  const method = await api.post<{ id: string }>('/v1/paymentMethods', card, randomUUID());
  const accountOf = async (currency: string) => {
    const { id } = await api.post<{ id: string }>(
      '/v1/accounts',
      { customerId, currency, kind: 'ACCOUNT_KIND_PREPAID' },
      randomUUID(),
    );
    for (const amount of ['60000', '40000'])
      await api.post(`/v1/accounts/${id}:topUp`, { amount: { currency, amount } }, randomUUID());
    return id;
  };
  const [accountId, pointsAccountId] = [await accountOf('KRW'), await accountOf('PTS')];
  const [line, bought, read, ride, visit, penalty] = await Promise.all([
    activeLine(api, { customerId, offeringId: business.offeringId }),
    buy(api, customerId, goodsId),
    buy(api, customerId, contentId),
    endedRide(api, customerId, ridesId),
    checkIn(api, customerId, areasId).then(() => checkIn(api, customerId, areasId)),
    penalise(api, customerId, areasId),
  ]);
  const [orders, deliveries, payments] = await Promise.all([
    api.list<{ id: string }>(`/v1/orders?subjectId=${line.id}`, 'orders'),
    deliveriesOf(api, bought.id),
    paymentsOf(api, customerId),
  ]);
  const belongings: Belongings = {
    customerId,
    lineId: line.id,
    lineOrderId: found(orders[0], 'an order').id,
    chargeAccountId: line.accountId ?? '',
    accountId,
    pointsAccountId,
    purchaseOrderId: bought.id,
    deliveryId: found(deliveries[0], 'a delivery').id,
    contentOrderId: read.id,
    invoiceId: '',
    rideId: ride.id,
    driverId: ride.driver.id,
    paymentId: found(payments[0], 'a payment').id,
    paymentMethodId: method.id,
    visitId: visit.id,
    penaltyId: penalty.id,
    messageId: await messageTo(api, `customerId=${customerId}`),
    driverMessageId: await messageTo(api, `driverId=${ride.driver.id}`),
  };
  return { belongings, line, personal: [phone, email, ride.driver.phone, line.serviceNumber, displayName] };
}

async function endedRide(api: Api, customerId: string, offeringId: string) {
  const { ride, driver } = await boardedRide(api, customerId, offeringId);
  await act(api, ride, 'end', { distanceMeters: 3_000, durationSeconds: 600 });
  return { id: ride.id, driver };
}

function messageTo(api: Api, filter: string): Promise<string> {
  return until(`a message to ${filter}`, 20_000, async () => {
    const [message] = await api.list<Message & { id: string }>(`/v1/messages?${filter}`, 'messages');
    return message?.id;
  });
}

/** Ids like the others, of nothing. */
function nothing(): Belongings {
  return Object.fromEntries(keys.map((key) => [key, randomUUID()])) as Belongings;
}

function found<Thing>(thing: Thing | undefined, what: string): Thing {
  if (thing === undefined) throw new Error(`there is not ${what}`);
  return thing;
}
