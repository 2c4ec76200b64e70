import type { AllowanceThresholdReached, SpendingLimitReached } from '#proto/rating/v1/events';
import type { Draft } from '../domain/message.ts';
import { moneyWords, quantityWords } from '../domain/words.ts';

/** Text message for a share of an allowance: how much of what is used. */
export function allowanceThresholdReached(event: AllowanceThresholdReached): Draft {
  const { component, percent, period, used, allowance, metric } = event;
  const share = percent >= 100 ? `all of what ${component} has free` : `${percent} % of what ${component} has free`;
  const amounts = `${quantityWords(used)} of ${quantityWords(allowance)} ${metric}`;
  return draft('allowance-threshold-reached', `${nameOf(event)}: ${share} in ${period} is used (${amounts})`);
}

/** Text message for a limit: what was spent, and whether the line is now suspended. */
export function spendingLimitReached(event: SpendingLimitReached): Draft {
  const { period, spent, limit, suspend } = event;
  const news = `usage of ${moneyWords(spent)} in ${period} has reached the limit of ${moneyWords(limit)}`;
  return draft('spending-limit-reached', `${nameOf(event)}: ${news}${suspend ? '. The line is being suspended' : ''}`);
}

function nameOf({ serviceNumber, lineId }: { serviceNumber: string; lineId: string }): string {
  return serviceNumber || lineId;
}

function draft(template: string, news: string): Draft {
  return { channel: 'SMS', template, subject: '', body: `[Jangbu] ${news}.`, attachments: [] };
}
