import { readEnvironment } from '#shared/config/environment';
import { readServiceConfig, type ServiceConfig } from '#shared/config/service';

export type MypageConfig = ServiceConfig;

export function readConfig(variables: NodeJS.ProcessEnv): MypageConfig {
  return readEnvironment(variables, readServiceConfig);
}
