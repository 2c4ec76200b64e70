import { type Settlement, SettlementState } from '#proto/settlement/v1/settlement';
import { type Draft, fileName } from '../domain/message.ts';
import { moneyWords } from '../domain/words.ts';

const differencesInText = 50;

/** Mail to a business's department with the settlement as PDF and CSV. */
export function settlementCompleted(settlement: Settlement): Draft {
  const { business, period } = settlement;
  const state = settlement.state === SettlementState.SETTLED ? 'SETTLED' : 'DIFFERENCE';
  const name = `settlement-${business}-${period}`;
  return {
    channel: 'EMAIL',
    template: 'settlement-completed',
    subject: `Settlement ${business} ${period}: ${state}`,
    body: [...intro(settlement, state), ...figures(settlement), ...differences(settlement), 'Jangbu', ''].join('\n'),
    attachments: [
      { source: 'settlement', name: fileName(name, 'pdf'), business, period, format: 'PDF' },
      { source: 'settlement', name: fileName(name, 'csv'), business, period, format: 'CSV' },
    ],
  };
}

function intro({ business, period }: Settlement, state: 'SETTLED' | 'DIFFERENCE'): string[] {
  const verdict =
    state === 'SETTLED'
      ? 'is settled: the books of rating, billing and settlement agree to the last unit.'
      : 'was compared, and the books do NOT agree.';
  return [`${business} ${period} ${verdict}`, ''];
}

function figures(settlement: Settlement): string[] {
  return [
    `Invoices:  ${settlement.invoices}`,
    `Customers: ${settlement.customers}`,
    `Lines:     ${settlement.lines}`,
    `Usage:     ${settlement.totalUsageBytes} bytes`,
    ...settlement.totals.flatMap(({ charges, tax, invoiced }) => [
      `Charges:   ${moneyWords(charges)}`,
      `Tax:       ${moneyWords(tax)}`,
      `Invoiced:  ${moneyWords(invoiced)}`,
    ]),
    '',
  ];
}

function differences(settlement: Settlement): string[] {
  if (settlement.differences.length === 0) return [];
  const shown = settlement.differences.slice(0, differencesInText);
  const more = settlement.differences.length - shown.length;
  return [
    'Differences:',
    ...shown.map(({ figure, offeringId, source, expected, actual }) => {
      const about = offeringId ? `${figure} of ${offeringId}` : figure;
      return `- ${about}: ${source} says ${expected}, the invoices say ${actual}`;
    }),
    ...(more > 0 ? [`- and ${more} more, in the attached documents`] : []),
    '',
  ];
}
