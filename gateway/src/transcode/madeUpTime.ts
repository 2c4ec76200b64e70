import type { DescField } from '@bufbuild/protobuf';

const form = /^(\d{4})-(\d\d)-(\d\d)T(\d\d)/;

/**
 * Whether a text names a day that its month does not have, or the hour 24. The JSON mapping leaves the reading to Date, which
 * moves both on to the next day: a line would be suspended on another day than was asked, and be charged for it.
 */
export function isMadeUpTime(text: string): boolean {
  const [, year, month, day, hour] = form.exec(text) ?? [];
  if (year === undefined) return false;
  const days = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return Number(day) > days || hour === '24';
}

export function isTime(field: DescField): boolean {
  return field.message?.typeName === 'google.protobuf.Timestamp';
}
