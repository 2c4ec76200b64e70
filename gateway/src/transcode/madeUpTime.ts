import type { DescField, DescMessage, JsonValue } from '@bufbuild/protobuf';
import { invalidField } from '#shared/errors/fault';
import { fieldNamed } from '../routes/fieldPath.ts';
import { expectation } from './expectation.ts';

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

/** Refuses a body, of which is known that it fits the message, for a made-up time anywhere in it; names its field. */
export function refuseMadeUpTimes(desc: DescMessage, json: JsonValue, at = ''): void {
  if (json === null || typeof json !== 'object' || Array.isArray(json)) return;
  for (const [key, value] of Object.entries(json)) {
    const field = fieldNamed(desc, key);
    if (field?.message) inField(field, field.message, value, at === '' ? field.name : `${at}.${field.name}`);
  }
}

function inField(field: DescField, desc: DescMessage, value: JsonValue, path: string): void {
  if (Array.isArray(value)) {
    for (const [index, element] of value.entries()) inField(field, desc, element, `${path}[${index}]`);
  } else if (field.fieldKind === 'map' && value !== null && typeof value === 'object') {
    for (const [key, element] of Object.entries(value))
      refuseMadeUpTimes(desc, element, `${path}[${JSON.stringify(key)}]`);
  } else if (!isTime(field)) {
    refuseMadeUpTimes(desc, value, path);
  } else if (typeof value === 'string' && isMadeUpTime(value)) {
    throw invalidField(path, expectation(field));
  }
}
