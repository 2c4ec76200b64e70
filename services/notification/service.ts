import { MessageService } from '#proto/notification/v1/message_service';
import { consumer } from '#shared/inbox/consumer';
import { implement } from '#shared/rpc/implement';
import { type Dependencies, type Overrides, type RunningService, startService } from '#shared/runtime/service';
import type { NotificationConfig } from './config.ts';
import { onInvoiceIssued } from './consumers/invoiceIssued.ts';
import { lineUsageEvents } from './consumers/lineUsageEvents.ts';
import { orderingHandlers } from './consumers/ordering.ts';
import { onSettlementCompleted } from './consumers/settlementCompleted.ts';
import { onUsageDifferenceFound } from './consumers/usageDifferenceFound.ts';
import type { Post } from './delivery/deliver.ts';
import { documentFetcher } from './delivery/documents.ts';
import { mailSender } from './delivery/mail.ts';
import { httpSmsSender } from './delivery/sms.ts';
import { deliveryWorker } from './delivery/worker.ts';
import { defaultPolicy } from './domain/retry.ts';
import { getMessage, listMessages } from './rpc/messages.ts';

export async function startNotification(config: NotificationConfig, overrides?: Overrides): Promise<RunningService> {
  const { sendConcurrency, sendTimeLimitMs } = config;
  const mail = mailSender({
    url: config.smtpUrl,
    from: config.mailFrom,
    connections: sendConcurrency,
    timeLimitMs: sendTimeLimitMs,
  });
  const sms = httpSmsSender({ url: config.smsProviderUrl, timeLimitMs: sendTimeLimitMs });
  const post = ({ database, clients, clock, log }: Dependencies<NotificationConfig>): Post => ({
    database,
    senders: { SMS: sms, EMAIL: mail.send },
    fetchDocument: documentFetcher(clients),
    policy: { ...defaultPolicy, firstMs: config.retryFirstMs },
    now: () => clock.now(),
    random: Math.random,
    log,
  });
  const service = await startService({
    name: 'notification',
    config,
    overrides,
    migrations: new URL('./migrations/', import.meta.url),
    rpc: ({ database }) => [
      implement(MessageService, database, { getMessage: getMessage(database), listMessages: listMessages(database) }),
    ],
    consumers: ({ clock }) => {
      const now = () => clock.now();
      return [
        consumer({ source: 'ordering', handlers: orderingHandlers(now, config.timeZone) }),
        consumer({ source: 'rating', aggregates: ['account'], handlers: lineUsageEvents(now) }),
        consumer({ source: 'billing', aggregates: ['invoice'], handlers: [onInvoiceIssued(now)] }),
        consumer({ source: 'rating', aggregates: ['period'], handlers: [onUsageDifferenceFound(now)] }),
        consumer({ source: 'settlement', aggregates: ['settlement'], handlers: [onSettlementCompleted(now)] }),
      ];
    },
    workers: (dependencies) =>
      (['SMS', 'EMAIL'] as const).map((channel) => deliveryWorker(post(dependencies), channel, sendConcurrency)),
  });
  return {
    port: service.port,
    metricsPort: service.metricsPort,
    log: service.log,
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      mail.close();
    },
  };
}
