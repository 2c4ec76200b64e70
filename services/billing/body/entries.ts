import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { type BodyChargeSchema, InvoiceBodySchema } from '#proto/billing/v1/invoice_body';
import type { Charge, ChargedLine } from '../domain/chargeLine.ts';
import type { InvoiceLine } from '../domain/invoice.ts';
import type { Quantities } from '../domain/portion.ts';
import { lineMonthToProto } from '../moved/lineMonthToProto.ts';

/** A line that was priced by itself, as an entry of an invoice's body. */
export function lineEntry(line: ChargedLine, used: { totals: Quantities; records: bigint }): Uint8Array {
  const { lineId, serviceNumber, offeringId, charges, portions } = line;
  const month = lineMonthToProto({ lineId, ...used }, portions);
  return entries({ lines: [{ lineId, serviceNumber, offeringId, month, charges: charges.map(bodyCharge) }] });
}

/** Charges for earlier months, as entries of an invoice's body. */
export function adjustmentEntries(charges: readonly InvoiceLine[]): Uint8Array {
  return entries({ adjustments: charges.map(bodyCharge) });
}

function bodyCharge(charge: Charge | InvoiceLine): MessageInitShape<typeof BodyChargeSchema> {
  const { tariffVersion, ...said } = charge;
  const { adjustedPeriod = '', ...line } = said as Omit<InvoiceLine, 'tariffVersion'>;
  return { ...line, adjustedPeriod, ...(tariffVersion && { tariffVersion: timestampFromDate(tariffVersion) }) };
}

function entries(body: MessageInitShape<typeof InvoiceBodySchema>): Uint8Array {
  return toBinary(InvoiceBodySchema, create(InvoiceBodySchema, body));
}
