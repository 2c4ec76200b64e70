import { readEnvironment } from '#shared/config/environment';
import { readServiceConfig, type ServiceConfig } from '#shared/config/service';

export interface NotificationConfig extends ServiceConfig {
  smtpUrl: string;
  smsProviderUrl: string;
  mailFrom: string;
  /** Messages of one channel on their way at once. */
  sendConcurrency: number;
  /** Most time one attempt may take, in milliseconds. */
  sendTimeLimitMs: number;
  /** Wait after the first failed attempt, in milliseconds. */
  retryFirstMs: number;
}

export function readConfig(variables: NodeJS.ProcessEnv): NotificationConfig {
  return readEnvironment(variables, (environment) => {
    const smtpUrl = environment.url('SMTP_URL');
    if (smtpUrl && !/^smtps?:/.test(smtpUrl)) environment.fault('SMTP_URL does not begin with smtp:// or smtps://');
    const smsProviderUrl = environment.url('SMS_PROVIDER_URL');
    if (smsProviderUrl && !/^https?:/.test(smsProviderUrl)) {
      environment.fault('SMS_PROVIDER_URL does not begin with http:// or https://');
    }
    return {
      ...readServiceConfig(environment),
      smtpUrl,
      smsProviderUrl,
      mailFrom: environment.text('MAIL_FROM', 'Jangbu <no-reply@jangbu.example>'),
      sendConcurrency: environment.integer('SEND_CONCURRENCY', 8, { min: 1, max: 64 }),
      sendTimeLimitMs: environment.integer('SEND_TIME_LIMIT_MS', 30_000, { min: 100 }),
      retryFirstMs: environment.integer('RETRY_FIRST_MS', 1_000, { min: 10, max: 3_600_000 }),
    };
  });
}
