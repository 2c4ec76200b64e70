import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { LineMonthSchema } from '#proto/common/v1/line_month';
import type { Portion, Quantities } from '../domain/portion.ts';

/** A line's month with the portions that it was priced by, as the contract has it. */
export function lineMonthToProto(
  { lineId, totals, records }: { lineId: string; totals: Quantities; records: bigint },
  portions: readonly Portion[],
) {
  return {
    lineId,
    totals: metrics(totals),
    records,
    portions: portions.map(({ tariffVersion, totals: used, counted, ...portion }) => ({
      ...portion,
      ...(tariffVersion && { tariffVersion: timestampFromDate(tariffVersion) }),
      totals: metrics(used),
      counted: Object.entries(counted).map(([component, quantity]) => ({ component, quantity })),
    })),
  } satisfies MessageInitShape<typeof LineMonthSchema>;
}

function metrics(quantities: Quantities): { metric: string; quantity: string }[] {
  return Object.entries(quantities).map(([metric, quantity]) => ({ metric, quantity }));
}
