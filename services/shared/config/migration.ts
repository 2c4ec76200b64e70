import type { Environment } from './environment.ts';
import { type ServiceName, serviceNames } from './service.ts';

/** What a run needs that does nothing but migrate. */
export interface MigrationConfig {
  service: ServiceName;
  databaseUrl: string;
  logLevel: string;
}

export function readMigrationConfig(environment: Environment, args: readonly string[]): MigrationConfig {
  const service = serviceNames.find((name) => args.length === 1 && name === args[0]);
  if (!service) environment.fault(`the one argument is none of ${serviceNames.join(', ')}: ${args.join(' ')}`);
  return {
    service: service ?? 'ordering',
    databaseUrl: environment.url('DATABASE_URL'),
    logLevel: environment.oneOf('LOG_LEVEL', ['trace', 'debug', 'info', 'warn', 'error', 'silent'], 'info'),
  };
}
