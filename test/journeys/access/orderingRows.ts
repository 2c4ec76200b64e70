import type { JsonObject } from '@bufbuild/protobuf';
import type { Belongings, Shared } from './estate.ts';
import type { OwnedRow, Rows } from './row.ts';

const customers = ['customer'] as const;
const drivers = ['driver'] as const;
const both = ['customer', 'driver'] as const;

type Of = (whose: Belongings) => JsonObject;

const reading = (owners: OwnedRow['owners'], of: Of): OwnedRow => ({ of, owners, own: 'OK' });
const changing = (owners: OwnedRow['owners'], of: Of): OwnedRow => ({ of, owners, own: 'ETAG_MISMATCH' });
const lineCommand = changing(customers, ({ lineId }) => ({ line: lineId }));
const forOperators = 'operators alone may call it';
const catalogue = 'the catalogue is everybody’s';

export const orderingRows: Rows = {
  'CustomerService/CreateCustomer': {
    with: () => ({ customer: {} }),
    nobodys: forOperators,
    answer: 'INVALID_REQUEST',
  },
  'CustomerService/GetCustomer': reading(customers, ({ customerId }) => ({ customer: customerId })),
  'CustomerService/ListCustomers': { with: () => ({}), nobodys: forOperators, answer: 'OK' },
  'CustomerService/UpdateCustomer': changing(customers, ({ customerId }) => ({
    customer: { id: customerId, displayName: '남의 이름' },
  })),

  'CatalogService/CreateOffering': { with: () => ({ offering: {} }), nobodys: forOperators, answer: 'INVALID_REQUEST' },
  'CatalogService/GetOffering': {
    with: ({ contentId }: Shared) => ({ offering: contentId }),
    nobodys: catalogue,
    answer: 'OK',
  },
  'CatalogService/ListOfferings': { with: () => ({ pageSize: 3 }), nobodys: catalogue, answer: 'OK' },
  'CatalogService/UpdateOffering': {
    with: ({ goodsId }: Shared) => ({ offering: { id: goodsId, displayName: '컵' } }),
    nobodys: forOperators,
    answer: 'ETAG_MISMATCH',
    headers: { 'if-match': '"none"' },
  },
  'CatalogService/RestockOffering': {
    with: ({ goodsId }: Shared) => ({ offering: goodsId, quantity: '1' }),
    nobodys: forOperators,
    answer: 'ETAG_MISMATCH',
    headers: { 'if-match': '"none"' },
  },

  'LineService/CreateLine': {
    of: ({ customerId }) => ({
      line: { customerId, offeringId: 'nothing', serviceNumber: '01200000000', apn: 'test.iot.kr' },
    }),
    owners: customers,
    own: 'OFFERING_NOT_FOUND',
    elsewhere: {
      'line.id': 'the service makes the id; what is sent is not read',
      'line.offeringId': catalogue,
      'line.accountId': 'the test of charge accounts',
      'line.pendingOrderId': 'the service’s own; what is sent is not read',
    },
  },
  'LineService/GetLine': reading(customers, ({ lineId }) => ({ line: lineId })),
  'LineService/ListLines': reading(customers, ({ customerId }) => ({ customerId })),
  'LineService/UpdateLine': {
    ...changing(customers, ({ lineId }) => ({ line: { id: lineId, address: '남의 주소' } })),
    elsewhere: Object.fromEntries(
      ['customerId', 'offeringId', 'accountId', 'pendingOrderId'].map((name) => [`line.${name}`, 'the test of masks']),
    ),
  },
  'LineService/SuspendLine': lineCommand,
  'LineService/ResumeLine': lineCommand,
  'LineService/TerminateLine': lineCommand,
  'LineService/RestoreLine': lineCommand,
  'LineService/ChangeLineOffering': {
    ...changing(customers, ({ lineId }) => ({ line: lineId, offeringId: 'nothing' })),
    elsewhere: { offeringId: catalogue },
  },

  'OrderService/GetOrder': [
    reading(customers, ({ lineOrderId }) => ({ order: lineOrderId })),
    reading(customers, ({ purchaseOrderId }) => ({ order: purchaseOrderId })),
  ],
  'OrderService/ListOrders': [
    reading(customers, ({ customerId }) => ({ customerId })),
    reading(customers, ({ lineId }) => ({ subjectId: lineId })),
  ],
  'OrderService/CancelOrder': [
    changing(customers, ({ purchaseOrderId }) => ({ order: purchaseOrderId })),
    changing(customers, ({ lineOrderId }) => ({ order: lineOrderId })),
  ],

  'PurchaseService/CreatePurchase': [
    { of: ({ customerId }, { goodsId }) => ({ customerId, offeringId: goodsId }), owners: customers, own: 'OK' },
    {
      of: ({ customerId, accountId }, { goodsId }) => ({ customerId, accountId, offeringId: goodsId }),
      owners: customers,
      own: 'OK',
    },
  ],
  'PurchaseService/GetDelivery': reading(customers, ({ deliveryId }) => ({ delivery: deliveryId })),
  'PurchaseService/ListDeliveries': [
    reading(customers, ({ customerId }) => ({ customerId })),
    reading(customers, ({ purchaseOrderId }) => ({ orderId: purchaseOrderId })),
  ],
  'PurchaseService/ShipDelivery': changing([], ({ deliveryId }) => ({ delivery: deliveryId })),
  'PurchaseService/CompleteDelivery': changing([], ({ deliveryId }) => ({ delivery: deliveryId })),
  'PurchaseService/ReadContent': {
    of: ({ customerId }, { contentId }) => ({ customerId, offering: contentId }),
    owners: customers,
    own: 'OK',
  },

  'DriverService/CreateDriver': { with: () => ({ driver: {} }), nobodys: forOperators, answer: 'INVALID_REQUEST' },
  'DriverService/GetDriver': reading(drivers, ({ driverId }) => ({ driver: driverId })),
  'DriverService/ListDrivers': { with: () => ({}), nobodys: forOperators, answer: 'OK' },
  'DriverService/GoOnline': changing(drivers, ({ driverId }) => ({
    driver: driverId,
    location: { latitude: -80, longitude: 0 },
  })),
  'DriverService/GoOffline': changing(drivers, ({ driverId }) => ({ driver: driverId })),

  'RideService/CreateRide': {
    of: ({ customerId }) => {
      const place = { location: { latitude: -80, longitude: 0 } };
      return { customerId, offeringId: 'nothing', pickup: place, dropoff: place };
    },
    owners: customers,
    own: 'OFFERING_NOT_FOUND',
    elsewhere: { offeringId: catalogue },
  },
  'RideService/GetRide': reading(both, ({ rideId }) => ({ ride: rideId })),
  'RideService/ListRides': [
    reading(both, ({ customerId }) => ({ customerId })),
    reading(both, ({ driverId }) => ({ driverId })),
    reading(both, ({ customerId, driverId }) => ({ customerId, driverId })),
  ],
  'RideService/AcceptRide': [
    changing(drivers, ({ rideId, driverId }) => ({ ride: rideId, driverId, etaMinutes: 1 })),
    changing(drivers, ({ rideId }) => ({ ride: rideId, etaMinutes: 1 })),
  ],
  'RideService/DeclineRide': [
    changing(drivers, ({ rideId, driverId }) => ({ ride: rideId, driverId })),
    changing(drivers, ({ rideId }) => ({ ride: rideId })),
  ],
  'RideService/BoardRide': changing(drivers, ({ rideId }) => ({ ride: rideId })),
  'RideService/EndRide': changing(drivers, ({ rideId }) => ({
    ride: rideId,
    distanceMeters: '3000',
    durationSeconds: '600',
  })),
  'RideService/CancelRide': changing(customers, ({ rideId }) => ({ ride: rideId })),

  'VisitService/CreateVisit': {
    of: ({ customerId }, { areasId }) => ({ customerId, offeringId: areasId, area: '남문' }),
    owners: customers,
    own: 'OK',
  },
  'VisitService/GetVisit': reading(customers, ({ visitId }) => ({ visit: visitId })),
  'VisitService/ListVisits': reading(customers, ({ customerId }) => ({ customerId })),
  'VisitService/CheckOutVisit': changing(customers, ({ visitId }) => ({ visit: visitId })),

  'PenaltyService/CreatePenalty': {
    of: ({ customerId }) => ({ customerId, offeringId: 'nothing', place: '버스 정류장' }),
    owners: [],
    own: 'OFFERING_NOT_FOUND',
  },
  'PenaltyService/GetPenalty': reading(customers, ({ penaltyId }) => ({ penalty: penaltyId })),
  'PenaltyService/ListPenalties': reading(customers, ({ customerId }) => ({ customerId })),
  'PenaltyService/ReleasePenalty': changing([], ({ penaltyId }) => ({ penalty: penaltyId })),
};
