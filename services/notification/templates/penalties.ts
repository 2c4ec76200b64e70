import type { Penalty } from '#proto/ordering/v1/penalty';
import type { Draft } from '../domain/message.ts';
import { isSome, moneyWords } from '../domain/words.ts';

/** Text message for a penalty that stands: what it counts, and what was lost, which may be less. */
export function penaltyImposed(penalty: Penalty, offeringName: string): Draft {
  const lost = isSome(penalty.taken)
    ? `${moneyWords(penalty.taken)} were taken from your account`
    : 'Nothing was taken';
  return draft('penalty-imposed', `${about(penalty, offeringName)} was imposed. ${lost}`);
}

/** Text message for a penalty that was taken back. */
export function penaltyReleased(penalty: Penalty, offeringName: string): Draft {
  const back = isSome(penalty.taken) ? `. You get back ${moneyWords(penalty.taken)}` : '';
  return draft('penalty-released', `${about(penalty, offeringName)} was released${back}`);
}

function about({ offeringId, points, place }: Penalty, offeringName: string): string {
  return `${offeringName || offeringId}: a penalty of ${moneyWords(points)}${place && ` (${place})`}`;
}

function draft(template: string, news: string): Draft {
  return { channel: 'SMS', template, subject: '', body: `[Jangbu] ${news}.`, attachments: [] };
}
