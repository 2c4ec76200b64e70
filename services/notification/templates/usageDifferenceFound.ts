import type { UsageDifferenceFound } from '#proto/rating/v1/events';
import type { Draft } from '../domain/message.ts';
import { quantityWords } from '../domain/words.ts';

/** Mail to a business's department: which sum does not hold, what should be there and what is. */
export function usageDifferenceFound(event: UsageDifferenceFound): Draft {
  const { business, period, fileId, check, expected, actual } = event;
  return {
    channel: 'EMAIL',
    template: 'usage-difference-found',
    subject: `Usage ${business} ${period}: ${check} does not hold`,
    body: [
      `The usage of ${business} in ${period} does not add up. The month cannot be closed while that is so.`,
      '',
      `Check:    ${check}`,
      ...(fileId === '' ? [] : [`File:     ${fileId}`]),
      `Expected: ${quantityWords(expected)}`,
      `There is: ${quantityWords(actual)}`,
      '',
      'Jangbu',
      '',
    ].join('\n'),
    attachments: [],
  };
}
