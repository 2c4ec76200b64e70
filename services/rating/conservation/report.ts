import { UsageDifferenceFoundSchema } from '#proto/rating/v1/events';
import { type DepartmentEmails, departmentEmail } from '#shared/config/departmentEmails';
import type { Transaction } from '#shared/database/database';
import { emit } from '#shared/outbox/outbox';
import type { Logger } from '#shared/telemetry/log';
import type { PeriodRow } from '../periods/store/periods.ts';
import type { UsageFault } from './domain/compare.ts';
import { keepFaults, markExamined } from './store/faults.ts';

/** Keeps what does not add up in a month, and tells of what did before. The month's row is locked. */
export type FaultReporter = (tx: Transaction, period: PeriodRow, faults: readonly UsageFault[]) => Promise<void>;

/** Most events for one look at a month: whoever is told of so many looks for himself. */
const mostEvents = 100;

export function faultReporter(options: {
  clock: { now(): Date };
  log: Logger;
  departmentEmails: DepartmentEmails;
}): FaultReporter {
  const { clock, log, departmentEmails } = options;
  return async (tx, { no, business, business_no: businessNo, month }, faults) => {
    const now = clock.now();
    await markExamined(tx, no, now);
    const fresh = await keepFaults(tx, { businessNo, month, now }, faults);
    for (const { fileId, check, expected, actual } of fresh.slice(0, mostEvents)) {
      log.error(
        { business, month, file: fileId, check, expected: `${expected}`, actual: `${actual}` },
        'usage does not add up',
      );
      await emit(tx, UsageDifferenceFoundSchema, {
        periodId: `${business}-${month}`,
        business,
        period: month,
        fileId,
        check,
        expected: String(expected),
        actual: String(actual),
        departmentEmail: departmentEmail(departmentEmails, business),
      });
    }
  };
}
