import { type Environment, readEnvironment } from '#shared/config/environment';
import { readServiceConfig, type ServiceConfig } from '#shared/config/service';

export interface RatingConfig extends ServiceConfig {
  /** Usage files imported at a time; each takes about 150 MB of memory. Further ones wait. */
  usageImports: number;
}

export function readRatingConfig(environment: Environment): RatingConfig {
  return {
    ...readServiceConfig(environment),
    usageImports: environment.integer('USAGE_IMPORTS', 4, { min: 1, max: 64 }),
  };
}

export function readConfig(): RatingConfig {
  return readEnvironment(process.env, readRatingConfig);
}
