import type { DescMessage, Message } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { Fault, type FieldViolation } from '../errors/fault.ts';

/**
 * Refuses a text that holds the character NUL, which proto allows and PostgreSQL does not store. `bytes` is the message
 * on the wire: most have no zero byte at all, and then there is nothing to look for.
 */
export function refuseNul(desc: DescMessage, message: Message, bytes: Buffer): void {
  if (!bytes.includes(0)) return;
  const violations = [...fieldsWithNul(reflect(desc, message), '')];
  if (violations.length === 0) return;
  throw new Fault('INVALID_REQUEST', {
    message: violations.map(({ field, description }) => `${field}: ${description}`).join('; '),
    violations,
  });
}

function* fieldsWithNul(message: ReflectMessage, prefix: string): Iterable<FieldViolation> {
  for (const field of message.fields) {
    if (!message.isSet(field)) continue;
    const path = prefix + field.name;
    switch (field.fieldKind) {
      case 'scalar':
        yield* check(message.get(field), path);
        break;
      case 'message':
        yield* fieldsWithNul(message.get(field), `${path}.`);
        break;
      case 'list':
        for (const [index, item] of [...message.get(field)].entries()) {
          if (field.listKind === 'message') yield* fieldsWithNul(item as ReflectMessage, `${path}[${index}].`);
          else yield* check(item, `${path}[${index}]`);
        }
        break;
      case 'map':
        for (const [key, value] of message.get(field)) {
          yield* check(key, `${path} (a key)`);
          if (field.mapKind === 'message') yield* fieldsWithNul(value as ReflectMessage, `${path}[${key}].`);
          else yield* check(value, `${path}[${key}]`);
        }
        break;
      case 'enum':
        break;
      default:
        field satisfies never;
    }
  }
}

function* check(value: unknown, field: string): Iterable<FieldViolation> {
  if (typeof value === 'string' && value.includes('\0')) {
    yield { field, description: 'must not hold the character NUL' };
  }
}
