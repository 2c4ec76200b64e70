/** A sum that does not add up. */
export interface UsageFault {
  /** The file it is about; empty for the month as a whole. */
  fileId: string;
  /** What is compared, such as `rated = accumulated (bytes)`. */
  check: string;
  expected: bigint;
  actual: bigint;
}

/** Where every record of one file went, whatever month it is of. */
export interface FileSums {
  fileId: string;
  received: bigint;
  rated: bigint;
  duplicate: bigint;
  rejected: bigint;
  late: bigint;
  /** Its kept records, counted one by one. */
  kept: bigint;
  /** Its kept rejections, counted one by one. */
  keptRejections: bigint;
}

export interface Volume {
  bytes: bigint;
  records: bigint;
}

export interface LineVolume extends Volume {
  lineId: string;
}

/** Where every byte of a month went. What is undefined cannot be compared yet, or was not kept when the month was closed. */
export interface MonthSums {
  /** Added up from the records themselves. */
  rated: Volume;
  late: Volume;
  /** Sums of the lines' totals. */
  accumulated: Volume;
  /** Lines whose records and whose total differ. */
  lines: readonly { lineId: string; rated: Volume; accumulated: Volume }[];
  /** Records that say that they correct an earlier one, and what is kept of them as having done so. */
  corrections: { correcting: bigint; kept: bigint };
  /** The totals as they were copied when the month was locked. */
  locked: Volume | undefined;
  /** What was handed over, once everything was. */
  moved: bigint | undefined;
  /** What is on the invoices, once all are issued. */
  invoiced: bigint | undefined;
}

/** Most lines that are named one by one. */
const mostLines = 20;

export function fileFaults(file: FileSums): UsageFault[] {
  const { fileId, received, rated, duplicate, rejected, late, kept, keptRejections } = file;
  return different(fileId, [
    ['received = rated + duplicate + rejected + late', received, rated + duplicate + rejected + late],
    ['rated + late = kept records', rated + late, kept],
    ['rejected = kept rejections', rejected, keptRejections],
  ]);
}

export function monthFaults(sums: MonthSums): UsageFault[] {
  const { rated, accumulated, lines, corrections, locked, moved, invoiced } = sums;
  return different('', [
    ['rated = accumulated (bytes)', rated.bytes, accumulated.bytes],
    ['rated = accumulated (records)', rated.records, accumulated.records],
    ...lines.slice(0, mostLines).flatMap((line): Figure[] => [
      [`rated = accumulated (bytes of line ${line.lineId})`, line.rated.bytes, line.accumulated.bytes],
      [`rated = accumulated (records of line ${line.lineId})`, line.rated.records, line.accumulated.records],
    ]),
    ['correcting records = kept corrections', corrections.correcting, corrections.kept],
    ['accumulated = locked (bytes)', accumulated.bytes, locked?.bytes ?? accumulated.bytes],
    ['accumulated = locked (records)', accumulated.records, locked?.records ?? accumulated.records],
    ['accumulated = moved (bytes)', accumulated.bytes, moved ?? accumulated.bytes],
    ['moved = invoiced (bytes)', moved ?? 0n, moved === undefined ? 0n : (invoiced ?? moved)],
  ]);
}

type Figure = [check: string, expected: bigint, actual: bigint];

function different(fileId: string, figures: readonly Figure[]): UsageFault[] {
  return figures
    .filter(([, expected, actual]) => expected !== actual)
    .map(([check, expected, actual]) => ({ fileId, check, expected, actual }));
}
