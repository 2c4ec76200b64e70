import { readEnvironment } from '#shared/config/environment';
import { readServiceConfig, type ServiceConfig } from '#shared/config/service';
import { type DepartmentEmails, parseDepartmentEmails } from './domain/department.ts';

export interface SettlementConfig extends ServiceConfig {
  departmentEmails: DepartmentEmails;
}

export function readConfig(variables: NodeJS.ProcessEnv): SettlementConfig {
  return readEnvironment(variables, (environment) => {
    const { emails, faults } = parseDepartmentEmails(
      environment.text('DEPARTMENT_EMAILS', '*=settlement@jangbu.example'),
    );
    for (const fault of faults) environment.fault(`DEPARTMENT_EMAILS: ${fault}`);
    return { ...readServiceConfig(environment), departmentEmails: emails };
  });
}
