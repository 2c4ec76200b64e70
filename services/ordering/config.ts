import { readEnvironment } from '#shared/config/environment';
import { readServiceConfig, type ServiceConfig } from '#shared/config/service';

export interface OrderingConfig extends ServiceConfig {
  /** How long rating and billing have to confirm a change of a line, in milliseconds. */
  lineSagaTimeLimitMs: number;
}

export function readConfig(variables: NodeJS.ProcessEnv): OrderingConfig {
  return readEnvironment(variables, (environment) => ({
    ...readServiceConfig(environment),
    lineSagaTimeLimitMs: environment.integer('LINE_SAGA_TIME_LIMIT_MS', 30_000, { min: 100, max: 86_400_000 }),
  }));
}
