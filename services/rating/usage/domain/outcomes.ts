/** What became of a record, as blocks hold it: one of the first three, with flags added to it. */
export const outcomes = { rated: 1, late: 2, duplicate: 4 } as const;
/** The flags of a kept record. */
export const flags = { unterminated: 8, cancel: 16, replace: 32 } as const;
export const outcomeMask = 7;

export const rejectionReasons = [
  'MALFORMED',
  'UNKNOWN_LINE',
  'APN_MISMATCH',
  'LINE_NOT_ACTIVE',
  'FUTURE',
  'UNKNOWN_RECORD',
] as const;
export type RejectionReason = (typeof rejectionReasons)[number];

/** The outcome of a refused record is this plus the index of its reason. */
export const rejectedFrom = 64;

export const details: Record<Exclude<RejectionReason, 'MALFORMED'>, string> = {
  UNKNOWN_LINE: 'no line has this service_number',
  APN_MISMATCH: "not the line's apn",
  LINE_NOT_ACTIVE: 'the line was not in service at start_time',
  FUTURE: 'start_time lies in the future',
  UNKNOWN_RECORD: 'corrects names no kept record of this service_number, or one that was corrected before',
};

export const corrections = { none: 0, cancel: 1, replace: 2, confirm: 3 } as const;
