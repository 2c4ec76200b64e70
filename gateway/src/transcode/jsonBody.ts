import { TextDecoder } from 'node:util';
import { create, type DescMessage, fromJson, type JsonValue, type Message, type Registry } from '@bufbuild/protobuf';
import { invalidField } from '#shared/errors/fault';
import type { BodyPart } from '../routes/binding.ts';
import { countMembers, duplicateMember } from './duplicateMember.ts';
import { jsonFault } from './jsonFault.ts';
import { mayHoldLongNumbers, parseLongNumbers, settleLongNumbers } from './longNumbers.ts';
import { refuseLooseValues } from './strictValues.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The request message as far as a JSON body says; an empty body is a body without members. */
export function messageFromJson(
  input: DescMessage,
  part: BodyPart,
  body: Buffer,
  registry: Registry,
  deepest = 100,
): Message {
  if (part.kind === 'none' || body.length === 0) return create(input);
  const text = textOf(body);
  const json = parseJson(text, deepest);
  let wrapped = part.kind === 'all' ? json : { [part.field.jsonName]: json };
  if (mayHoldLongNumbers(text)) {
    const exact = parseLongNumbers(text);
    wrapped = settleLongNumbers(input, part.kind === 'all' ? exact : { [part.field.jsonName]: exact });
  }
  const message = read(input, wrapped, registry, body.length);
  refuseLooseValues(input, wrapped);
  return message;
}

function read(input: DescMessage, json: JsonValue, registry: Registry, size: number): Message {
  try {
    return fromJson(input, json, { registry });
  } catch {
    return readWholeNumbers(input, json, registry, size);
  }
}

/** The reader knows no exponents in quoted numbers of 64 bits; they are rare enough to be looked for only now. */
function readWholeNumbers(input: DescMessage, json: JsonValue, registry: Registry, size: number): Message {
  const settled = settleLongNumbers(input, json);
  try {
    return fromJson(input, settled, { registry });
  } catch {
    throw jsonFault(input, settled, registry, size);
  }
}

function textOf(body: Buffer): string {
  try {
    return utf8.decode(body);
  } catch {
    throw invalidField('body', 'is not UTF-8');
  }
}

function parseJson(text: string, deepest: number): JsonValue {
  const members = membersOf(text, deepest);
  if (members === undefined) throw invalidField('body', `is nested more than ${deepest} deep`);
  let json: JsonValue;
  try {
    json = JSON.parse(text) as JsonValue;
  } catch {
    throw invalidField('body', 'is not JSON');
  }
  // Parsers keep the last of two members with one name, which is then not what every reader of the request has seen.
  if (countMembers(json) < members) throw invalidField(duplicateMember(text) ?? 'body', 'is given twice');
  return json;
}

/** How many members the text writes down; undefined where it is nested too deep. Before anything recursive sees it. */
function membersOf(text: string, deepest: number): number | undefined {
  let depth = 0;
  let members = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === 0x5c) at++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > deepest) return undefined;
    } else if (code === 0x7d || code === 0x5d) depth--;
    else if (code === 0x3a) members++;
  }
  return members;
}
