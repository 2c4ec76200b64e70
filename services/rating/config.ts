import { type DepartmentEmails, readDepartmentEmails } from '#shared/config/departmentEmails';
import { type Environment, readEnvironment } from '#shared/config/environment';
import { readServiceConfig, type ServiceConfig } from '#shared/config/service';

export interface RatingConfig extends ServiceConfig {
  /** Usage files imported at a time; each takes about 10 MB of memory. Further ones wait. */
  usageImports: number;
  /** Bytes that the keys of kept usage records may take in memory. */
  usageKeyMemory: number;
  /** Where other rating processes reach this one; undefined if it shares its work with nobody. */
  advertisedAddress: string | undefined;
  /** What calls between rating processes say that they are for; undefined for the address that is called. */
  partitionsAuthority: string | undefined;
  /** Folder whose files are imported; undefined for none. */
  usageDropDir: string | undefined;
  /** Where a business is told of usage that does not add up. */
  departmentEmails: DepartmentEmails;
  /** How often it is looked at whether an open or recently closed month adds up, in milliseconds. */
  conservationEveryMs: number;
}

export function readRatingConfig(environment: Environment): RatingConfig {
  return {
    ...readServiceConfig(environment),
    usageImports: environment.integer('USAGE_IMPORTS', 4, { min: 1, max: 64 }),
    usageKeyMemory: environment.integer('USAGE_INDEX_MEMORY_MB', 512, { min: 16, max: 65_536 }) * 1024 * 1024,
    advertisedAddress: environment.optional('RATING_ADVERTISED_ADDRESS'),
    partitionsAuthority: environment.optional('RATING_PARTITIONS_AUTHORITY'),
    usageDropDir: environment.optional('USAGE_DROP_DIR'),
    departmentEmails: readDepartmentEmails(environment),
    conservationEveryMs: environment.integer('CONSERVATION_EVERY_MS', 900_000, { min: 100 }),
  };
}

export function readConfig(): RatingConfig {
  return readEnvironment(process.env, readRatingConfig);
}
