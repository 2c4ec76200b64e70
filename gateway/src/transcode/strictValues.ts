import { type DescField, type DescMessage, type JsonValue, ScalarType } from '@bufbuild/protobuf';
import { invalidField } from '#shared/errors/fault';
import { fieldNamed } from '../routes/fieldPath.ts';
import { expectation } from './expectation.ts';
import { isMadeUpTime, isTime } from './madeUpTime.ts';

/** Messages whose JSON is the caller's own data and says nothing of fields. */
const foreign = new Set([
  'google.protobuf.Struct',
  'google.protobuf.Value',
  'google.protobuf.ListValue',
  'google.protobuf.Any',
]);

const numberWrapper = /^google\.protobuf\.(Double|Float|U?Int(32|64))Value$/;
const decimal = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$|^NaN$|^-?Infinity$/;

/**
 * Refuses, in a body of which is known that it fits the message, what the JSON mapping's reader lets pass and the
 * specification does not: days that no month has, numbers such as `"0x10"` or `1e400`, lists for maps, texts that Unicode
 * cannot say. Names the field.
 */
export function refuseLooseValues(desc: DescMessage, json: JsonValue, at = ''): void {
  if (foreign.has(desc.typeName)) refuseUnsayable(json, at);
  if (json === null || typeof json !== 'object' || Array.isArray(json) || foreign.has(desc.typeName)) return;
  for (const name in json) {
    const value = json[name];
    const field = typeof value === 'boolean' ? undefined : fieldNamed(desc, name);
    if (field && value !== undefined) inField(field, value, at === '' ? field.name : `${at}.${field.name}`);
  }
}

function inField(field: DescField, json: JsonValue, path: string): void {
  if (field.fieldKind === 'list' && Array.isArray(json)) {
    for (const [index, element] of json.entries()) inValue(field, element, `${path}[${index}]`);
  } else if (field.fieldKind === 'map' && json !== null && typeof json === 'object') {
    if (Array.isArray(json)) throw invalidField(path, expectation(field));
    for (const [key, element] of Object.entries(json)) inValue(field, element, `${path}[${JSON.stringify(key)}]`);
  } else {
    inValue(field, json, path);
  }
}

function inValue(field: DescField, json: JsonValue, path: string): void {
  if (typeof json !== 'string' || (field.message && foreign.has(field.message.typeName))) {
    if (field.message) refuseLooseValues(field.message, json, path);
  } else if (field.message && !json.isWellFormed()) {
    throw invalidField(path, expectation(field));
  } else if (isTime(field) ? isMadeUpTime(json) : isNumber(field) && !decimal.test(json)) {
    throw invalidField(path, field.fieldKind === 'map' ? 'has a key or value that does not fit' : expectation(field));
  }
}

/** What proto cannot hold of the caller's own data: numbers beyond a double, and halves of surrogate pairs. */
function refuseUnsayable(json: JsonValue, path: string): void {
  if (typeof json === 'number' && !Number.isFinite(json))
    throw invalidField(path, 'must be a number that a double holds');
  if (typeof json === 'string' && !json.isWellFormed()) throw invalidField(path, 'must be a text of Unicode');
  if (json === null || typeof json !== 'object') return;
  for (const [key, value] of Object.entries(json)) {
    if (!key.isWellFormed()) throw invalidField(path, 'must have names of Unicode');
    refuseUnsayable(value, Array.isArray(json) ? `${path}[${key}]` : `${path}.${key}`);
  }
}

function isNumber({ scalar, message, enum: values }: DescField): boolean {
  if (message) return numberWrapper.test(message.typeName);
  if (values) return false;
  return scalar !== ScalarType.STRING && scalar !== ScalarType.BYTES && scalar !== ScalarType.BOOL;
}
