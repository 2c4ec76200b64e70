import { exactText } from '#shared/money/decimal';
import { adjustmentEntries } from '../body/entries.ts';
import { type Adjustment, adjustmentCharge } from '../domain/adjustment.ts';
import type { InvoiceLine } from '../domain/invoice.ts';
import { type Tariffs, tariffOf } from '../domain/portion.ts';
import type { AccountDraft } from './accountDraft.ts';

/** Charges or credits on an invoice what earlier months differ by. */
export function adjustDraft(draft: AccountDraft, adjustments: readonly Adjustment[], tariffs: Tariffs): void {
  if (adjustments.length === 0) return;
  const charges = adjustments.flatMap(({ lineId, offeringId, serviceNumber, period, lines }) =>
    lines.map(
      (change): InvoiceLine => ({
        ...adjustmentCharge(change, period),
        ...{ lineId, offeringId, serviceNumber, adjustedPeriod: period },
      }),
    ),
  );
  const taxable = charges.map(({ tariffId, amount }) => ({
    rate: exactText(tariffOf(tariffId, tariffs).taxRate),
    minor: amount,
  }));
  const minor = adjustments.reduce((sum, { charges: each }) => sum + each, 0n);
  draft.addAdjustments(
    adjustments.map(({ id }) => id),
    { minor, charges: charges.length, taxable },
    adjustmentEntries(charges),
  );
}
