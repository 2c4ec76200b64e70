import { TextDecoder } from 'node:util';
import { create, type DescMessage, fromJson, type JsonValue, type Message, type Registry } from '@bufbuild/protobuf';
import { invalidField } from '#shared/errors/fault';
import type { BodyPart } from '../routes/binding.ts';
import { jsonFault } from './jsonFault.ts';
import { refuseMadeUpTimes } from './madeUpTime.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });
const deepestJson = 100;

/** The request message as far as a JSON body says; an empty body is a body without members. */
export function messageFromJson(input: DescMessage, part: BodyPart, body: Buffer, registry: Registry): Message {
  if (part.kind === 'none' || body.length === 0) return create(input);
  const json = parseJson(body);
  const wrapped = part.kind === 'all' ? json : { [part.field.jsonName]: json };
  const message = read(input, wrapped, registry, body.length);
  refuseMadeUpTimes(input, wrapped);
  return message;
}

function read(input: DescMessage, json: JsonValue, registry: Registry, size: number): Message {
  try {
    return fromJson(input, json, { registry });
  } catch {
    throw jsonFault(input, json, registry, size);
  }
}

function parseJson(body: Buffer): JsonValue {
  let text: string;
  try {
    text = utf8.decode(body);
  } catch {
    throw invalidField('body', 'is not UTF-8');
  }
  if (isTooDeep(text)) throw invalidField('body', `is nested more than ${deepestJson} deep`);
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    throw invalidField('body', 'is not JSON');
  }
}

/** Counted in the text, before anything recursive sees it. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === 0x5c) at++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > deepestJson) return true;
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
  return false;
}
