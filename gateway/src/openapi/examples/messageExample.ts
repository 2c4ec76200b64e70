import {
  type DescField,
  type DescMessage,
  fromJson,
  type JsonObject,
  type JsonValue,
  type Registry,
} from '@bufbuild/protobuf';
import { commentOf } from '../comments.ts';
import { type FieldRules, fieldRules, given, isIgnored } from '../rules/fieldRules.ts';
import type { Validation } from '../rules/validation.ts';
import type { Value } from '../schemas/valueSchema.ts';
import { wrappedScalar } from '../schemas/wellKnown.ts';
import { durationCandidates, enumCandidates, scalarCandidates, timeCandidates } from './candidates.ts';

interface Kind {
  /** Fields that are wanted although nothing demands them. */
  also?: readonly DescField[];
  /** Whether something is shown of a message that demands nothing. */
  full: boolean;
}

/** Makes messages that pass their rules: for every field it tries what may be meant until protovalidate finds nothing wrong with it. */
export class Examples {
  readonly registry: Registry;
  readonly validation: Validation;

  constructor(registry: Registry, validation: Validation) {
    this.registry = registry;
    this.validation = validation;
  }

  /** A message with what it cannot go without, and more as its kind wants. Undefined where no example is found for something that is needed. */
  message(desc: DescMessage, kind: Kind, within: readonly DescMessage[] = []): JsonObject | undefined {
    const needed = this.#needed(desc, kind.also ?? []);
    const optional = kind.full && needed.length === 0 ? this.#telling(desc, within) : [];
    const json: JsonObject = {};
    for (const field of [...needed, ...optional]) {
      const value = this.field(field, [...within, desc]);
      if (value !== undefined) json[field.jsonName] = value;
      else if (needed.includes(field)) return undefined;
    }
    return json;
  }

  field(field: DescField, within: readonly DescMessage[] = [field.parent]): JsonValue | undefined {
    if (field.message && within.filter((desc) => desc === field.message).length > 0) return undefined;
    for (const value of this.#candidates(field, within)) if (this.passes(field, value)) return value;
    return undefined;
  }

  /** Whether a value is one for the field and breaks none of its rules. */
  passes(field: DescField, value: JsonValue): boolean {
    const { parent } = field;
    try {
      const message = fromJson(parent, { [field.jsonName]: value }, { registry: this.registry });
      return !this.validation.violations(parent, message).some(({ field: [first] }) => first === field);
    } catch {
      return false;
    }
  }

  /** What a change names is up to the caller: its example has what the mask's comment says can be changed, or else every field that has rules. */
  #changed(field: DescField, desc: DescMessage, within: readonly DescMessage[]): JsonObject {
    const mask = field.parent.fields.find(({ message }) => message?.typeName === 'google.protobuf.FieldMask');
    const words = new Set(mask ? commentOf(mask).match(/\w+/g) : []);
    const named = desc.fields.filter(({ name }) => words.has(name));
    const json: JsonObject = {};
    for (const each of named.length > 0 ? named : desc.fields.filter((other) => fieldRules(other) && !other.message)) {
      const value = this.field(each, [...within, desc]);
      if (value !== undefined) json[each.jsonName] = value;
    }
    return json;
  }

  #needed(desc: DescMessage, also: readonly DescField[]): DescField[] {
    const { fields, groups } = this.validation.missing(desc);
    const needed = new Set<DescField>([...also, ...fields]);
    for (const group of groups)
      if (!group.some((field) => needed.has(field))) for (const field of group.slice(0, 1)) needed.add(field);
    return desc.fields.filter((field) => needed.has(field));
  }

  /**
   * What to show of a message that demands nothing. A whole request that has rules says with them that it needs nothing; what lies deeper
   * is shown with the fields that have rules, and a message without any rules with all its fields.
   */
  #telling(desc: DescMessage, within: readonly DescMessage[]): DescField[] {
    const ruled = desc.fields.filter(fieldRules);
    if (ruled.length > 0) return within.length > 0 ? ruled.filter(({ message }) => !message) : [];
    return desc.fields.filter(
      (field) => !field.deprecated && (field.oneof === undefined || field.oneof.fields[0] === field),
    );
  }

  *#candidates(field: DescField, within: readonly DescMessage[]): Generator<JsonValue> {
    const rules = fieldRules(field);
    switch (field.fieldKind) {
      case 'list': {
        const lists = rules?.type.case === 'repeated' ? rules.type.value : undefined;
        const values = [...this.#values(field, field, lists?.items, within)];
        const least = Math.max(1, Number((lists && given(lists, 'minItems')) ?? 1));
        // Any of them may break a rule, so each is tried on its own, and then as many of the good ones as are needed.
        const good = values.filter((value) => least > 1 || this.passes(field, [value]));
        for (const value of good) yield Array.from({ length: least }, () => value);
        yield good.slice(0, least);
        yield [];
        break;
      }
      case 'map': {
        const maps = rules?.type.case === 'map' ? rules.type.value : undefined;
        const keys = [...scalarCandidates(field.mapKey, maps?.keys, 'key', '')].map(String);
        const least = Math.max(1, Number((maps && given(maps, 'minPairs')) ?? 1));
        for (const value of this.#values(field, field, maps?.values, within)) {
          for (const key of keys) if (least === 1) yield { [key]: value };
          yield Object.fromEntries(Array.from({ length: least }, (_, index) => [keys[index] ?? String(index), value]));
        }
        yield {};
        break;
      }
      default:
        yield* this.#values(field, field, rules, within);
    }
  }

  *#values(
    field: DescField,
    value: Value,
    rules: FieldRules | undefined,
    within: readonly DescMessage[],
  ): Generator<JsonValue> {
    const scalar = value.scalar ?? wrappedScalar(value.message);
    if (scalar !== undefined) yield* scalarCandidates(scalar, rules, field.name, commentOf(field));
    else if (value.enum) yield* enumCandidates(value.enum);
    else if (value.message) yield* this.#messages(field, value.message, rules, within);
  }

  *#messages(
    field: DescField,
    desc: DescMessage,
    rules: FieldRules | undefined,
    within: readonly DescMessage[],
  ): Generator<JsonValue> {
    switch (desc.typeName) {
      case 'google.protobuf.Timestamp':
        yield* timeCandidates(rules);
        break;
      case 'google.protobuf.Duration':
        yield* durationCandidates(rules);
        break;
      case 'google.protobuf.FieldMask':
        yield* rules?.type.case === 'fieldMask' ? rules.type.value.in : [];
        yield 'name';
        break;
      case 'google.protobuf.Any':
        yield { '@type': 'type.googleapis.com/google.protobuf.StringValue', value: 'example' };
        yield {};
        break;
      case 'google.protobuf.Struct':
        yield { name: 'value' };
        break;
      case 'google.protobuf.ListValue':
        yield ['value'];
        break;
      case 'google.protobuf.Value':
        yield 'value';
        break;
      default: {
        const json = isIgnored(fieldRules(field))
          ? this.#changed(field, desc, within)
          : this.message(desc, { full: true }, within);
        if (json) yield json;
      }
    }
  }
}

/** How a value stands in a path or query. */
export function textOf(value: JsonValue): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}
