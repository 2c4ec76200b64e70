import { type DepartmentEmails, readDepartmentEmails } from '#shared/config/departmentEmails';
import { readEnvironment } from '#shared/config/environment';
import { readServiceConfig, type ServiceConfig } from '#shared/config/service';

export interface SettlementConfig extends ServiceConfig {
  departmentEmails: DepartmentEmails;
  /** How old an entry must be before its absence from one of the books is a difference, in milliseconds. */
  journalLagMs: number;
  /** How long the comparison of the books rests, in milliseconds. */
  journalCompareEveryMs: number;
}

export function readConfig(variables: NodeJS.ProcessEnv): SettlementConfig {
  return readEnvironment(variables, (environment) => {
    return {
      ...readServiceConfig(environment),
      departmentEmails: readDepartmentEmails(environment),
      journalLagMs: environment.integer('JOURNAL_LAG_MS', 60_000, { min: 100 }),
      journalCompareEveryMs: environment.integer('JOURNAL_COMPARE_EVERY_MS', 15_000, { min: 100 }),
    };
  });
}
