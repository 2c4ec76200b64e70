import { randomUUID } from 'node:crypto';
import { MONTH } from '../business.ts';
import type { Shared } from './estate.ts';
import type { CommonRow, Rows } from './row.ts';

const customers = ['customer'] as const;
const forOperators = 'operators alone may call it';
const forStaff = 'operators and services alone may call it';
const forServices = 'services alone may call it';
const prices = 'prices are everybody’s';

const monthOf = (nobodys: string): CommonRow => ({
  with: ({ business }: Shared) => ({ period: MONTH, business: business.name }),
  nobodys,
  answer: 'OK',
});
const anyOf = (nobodys: string): CommonRow => ({ with: () => ({}), nobodys, answer: 'OK' });

/** Rating, settlement, notification, my page, and what all services serve. */
export const otherRows: Rows = {
  'TariffService/CreateTariff': { with: () => ({ tariff: {} }), nobodys: forOperators, answer: 'INVALID_REQUEST' },
  'TariffService/GetTariff': {
    with: ({ business }: Shared) => ({ tariff: business.tariffId }),
    nobodys: prices,
    answer: 'OK',
  },
  'TariffService/ListTariffs': { with: () => ({ pageSize: 3 }), nobodys: prices, answer: 'OK' },
  'TariffService/AddTariffVersion': {
    with: ({ business }: Shared) => ({ tariff: business.tariffId, version: {} }),
    nobodys: forOperators,
    answer: 'INVALID_REQUEST',
  },
  'TariffService/Quote': {
    with: ({ business }: Shared) => ({ tariff: business.tariffId }),
    nobodys: prices,
    answer: 'OK',
  },

  'TariffService/SimulateTariff': {
    with: ({ business }: Shared) => ({ tariff: business.tariffId, business: business.name, period: MONTH }),
    nobodys: forOperators,
    answer: 'OK',
  },

  'ChargingService/StartSession': {
    with: () => ({
      ...{ session: randomUUID(), customerId: randomUUID(), tariffId: randomUUID(), metric: 'bytes', requested: '1' },
    }),
    nobodys: forServices,
    answer: 'TARIFF_NOT_FOUND',
  },
  'ChargingService/UpdateSession': {
    with: () => ({ session: randomUUID(), sequence: '1', used: '1' }),
    nobodys: forServices,
    answer: 'SESSION_NOT_FOUND',
  },
  'ChargingService/StopSession': {
    with: () => ({ session: randomUUID(), sequence: '1' }),
    nobodys: forServices,
    answer: 'SESSION_NOT_FOUND',
  },
  'ChargingService/GetSession': {
    with: () => ({ session: randomUUID() }),
    nobodys: forServices,
    answer: 'SESSION_NOT_FOUND',
  },

  'UsageService/ImportUsageFile': {
    with: () => ({ file: { contentType: 'text/csv', data: Buffer.from('x').toString('base64') } }),
    nobodys: forStaff,
    answer: 'INVALID_REQUEST',
  },
  'UsageService/ReportUsage': { with: () => ({}), nobodys: forStaff, answer: 'INVALID_REQUEST' },
  'UsageService/BatchReportUsage': { with: () => ({}), nobodys: forStaff, answer: 'INVALID_REQUEST' },
  'UsageService/GetUsageFile': {
    with: ({ usageFileId }: Shared) => ({ file: usageFileId }),
    nobodys: forOperators,
    answer: 'OK',
  },
  'UsageService/ListUsageFiles': anyOf(forOperators),
  'UsageService/DownloadRejections': {
    with: ({ usageFileId }: Shared) => ({ file: usageFileId }),
    nobodys: forOperators,
    answer: 'OK',
  },
  'UsageService/GetLineUsage': {
    of: ({ lineId }) => ({ line: lineId, period: MONTH }),
    owners: customers,
    own: 'OK',
  },
  'UsageService/ListUsageRecords': { of: ({ lineId }) => ({ lineId, period: MONTH }), owners: customers, own: 'OK' },

  'PeriodService/GetPeriod': monthOf(forOperators),
  'PeriodService/ListPeriods': anyOf(forOperators),
  'PeriodService/ClosePeriod': monthOf(forOperators),
  'PeriodService/PreviewPeriod': monthOf(forOperators),
  // It is closed by the row before, or is being closed.
  'PeriodService/ReratePeriod': { ...monthOf(forOperators), or: 'PERIOD_NOT_CLOSED' },

  'ConservationService/GetConservation': monthOf(forOperators),

  'RatingAccountService/CheckAccountUse': {
    with: () => ({ lineId: randomUUID(), orderId: randomUUID() }),
    nobodys: 'services alone may call it, and they act for everybody',
    answer: 'OK',
  },

  'UsagePartitionService/TakeUsage': {
    with: () => ({ chunks: [{ fileNo: 2_147_483_647, format: 'USAGE_CHUNK_FORMAT_CSV' }] }),
    nobodys: 'services alone may call it, and they act for everybody',
    answer: 'USAGE_FILE_INTERRUPTED',
  },

  'SettlementService/GetSettlement': monthOf(forStaff),
  'SettlementService/ListSettlements': anyOf(forOperators),
  'SettlementService/ListCustomerSettlements': monthOf(forOperators),
  'SettlementService/GetSettlementDocument': monthOf(forStaff),
  'JournalService/ListJournalEntries': { with: () => ({ pageSize: 3 }), nobodys: forOperators, answer: 'OK' },
  'JournalService/GetTrialBalance': anyOf(forOperators),
  'JournalService/ListJournalDifferences': anyOf(forOperators),
  'JournalService/ReconcileJournal': { ...anyOf(forOperators), or: 'RECONCILIATION_IN_PROGRESS' },

  'MessageService/GetMessage': [
    { of: ({ messageId }) => ({ message: messageId }), owners: customers, own: 'OK' },
    { of: ({ driverMessageId }) => ({ message: driverMessageId }), owners: ['driver'], own: 'OK' },
  ],
  'MessageService/ListMessages': [
    { of: ({ customerId }) => ({ customerId }), owners: customers, own: 'OK' },
    { of: ({ driverId }) => ({ driverId }), owners: ['driver'], own: 'OK' },
  ],

  'MypageService/GetMypage': { of: ({ customerId }) => ({ customer: customerId }), owners: customers, own: 'OK' },
  'MypageService/ListTimeline': { of: ({ customerId }) => ({ customer: customerId }), owners: customers, own: 'OK' },
  'MypageService/WatchMypage': { of: ({ customerId }) => ({ customer: customerId }), owners: customers, own: 'OK' },
  'MypageService/RebuildMypages': {
    with: () => ({}),
    nobodys: forOperators,
    // Refused for its key, after everything about access: a rebuild would be in the way of other journeys.
    answer: 'INVALID_REQUEST',
    headers: { 'idempotency-key': 'no key' },
  },
  'MypageService/GetMypageRebuild': {
    with: () => ({ rebuild: randomUUID() }),
    nobodys: forOperators,
    answer: 'REBUILD_NOT_FOUND',
  },

  'DeadLetterService/ListDeadLetters': { with: () => ({ pageSize: 1 }), nobodys: forOperators, answer: 'OK' },
  'DeadLetterService/RedriveDeadLetter': {
    with: () => ({ deadLetter: '999999999999' }),
    nobodys: forOperators,
    answer: 'DEAD_LETTER_NOT_FOUND',
  },
  'EventLogService/StreamEvents': {
    with: () => ({ types: ['jangbu.nothing.v1.Nothing'] }),
    nobodys: 'services alone may call it, and they read everything',
    answer: 'OK',
  },
};
