import { type DepartmentEmails, readDepartmentEmails } from '#shared/config/departmentEmails';
import { type Environment, readEnvironment } from '#shared/config/environment';
import { readServiceConfig, type ServiceConfig } from '#shared/config/service';

export interface RatingConfig extends ServiceConfig {
  /** Usage files imported at a time; each takes about 150 MB of memory. Further ones wait. */
  usageImports: number;
  /** Where a business is told of usage that does not add up. */
  departmentEmails: DepartmentEmails;
  /** How often it is looked at whether an open or recently closed month adds up, in milliseconds. */
  conservationEveryMs: number;
}

export function readRatingConfig(environment: Environment): RatingConfig {
  return {
    ...readServiceConfig(environment),
    usageImports: environment.integer('USAGE_IMPORTS', 4, { min: 1, max: 64 }),
    departmentEmails: readDepartmentEmails(environment),
    conservationEveryMs: environment.integer('CONSERVATION_EVERY_MS', 900_000, { min: 100 }),
  };
}

export function readConfig(): RatingConfig {
  return readEnvironment(process.env, readRatingConfig);
}
