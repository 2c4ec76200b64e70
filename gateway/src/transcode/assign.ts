import { type DescMessage, type Message, mergeFromJson } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import type { FieldPath } from '../routes/fieldPath.ts';
import { expectation } from './expectation.ts';
import { isMadeUpTime, isTime } from './madeUpTime.ts';
import { jsonOfText } from './textValue.ts';

/** Why a text could not be assigned, in words for the caller. */
export type Problem = string | undefined;

/**
 * Writes a text into a message, making the messages on the way. A repeated field gets one more element; a singular one is
 * overwritten. Refuses to choose another field of a oneof that is set already.
 */
export function assignText(desc: DescMessage, message: Message, path: FieldPath, text: string): Problem {
  let inside: ReflectMessage = reflect(desc, message);
  for (const [index, field] of path.entries()) {
    const chosen = field.oneof && inside.oneofCase(field.oneof);
    if (chosen && chosen !== field) return `conflicts with ${chosen.name}: only one of them may be set`;
    if (index === path.length - 1) {
      const json = jsonOfText(field, text);
      if (json === undefined || (isTime(field) && isMadeUpTime(text))) return expectation(field);
      try {
        const value = field.fieldKind === 'list' ? [json] : json;
        mergeFromJson(inside.desc, inside.message, { [field.jsonName]: value });
      } catch {
        return expectation(field);
      }
    } else if (field.fieldKind === 'message') {
      if (!inside.isSet(field)) inside.set(field, reflect(field.message));
      inside = inside.get(field);
    }
  }
  return undefined;
}
