import type { Ban } from '#proto/ordering/v1/penalty';
import type { Draft } from '../domain/message.ts';
import { moneyWords } from '../domain/words.ts';

/** Text message for a ban: which sum of penalties has led to it. */
export function customerBanned(ban: Ban, offeringName: string): Draft {
  const sum = `your penalties of ${moneyWords(ban.standingPoints)} have reached the limit of ${moneyWords(ban.threshold)}`;
  return draft('customer-banned', `${nameOf(ban, offeringName)}: you are banned, because ${sum}`);
}

/** Text message for a ban that was lifted. */
export function customerUnbanned(ban: Ban, offeringName: string): Draft {
  return draft('customer-unbanned', `${nameOf(ban, offeringName)}: you are no longer banned`);
}

function nameOf({ offeringId }: Ban, offeringName: string): string {
  return offeringName || offeringId;
}

function draft(template: string, news: string): Draft {
  return { channel: 'SMS', template, subject: '', body: `[Jangbu] ${news}.`, attachments: [] };
}
