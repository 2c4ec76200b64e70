import { type DescField, type DescMessage, type DescOneof, getOption, hasOption } from '@bufbuild/protobuf';
import {
  type FieldRules,
  field as fieldExtension,
  Ignore,
  type MessageRules,
  message as messageExtension,
  oneof as oneofExtension,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';

export type { FieldRules };

// Reading an option decodes it anew each time.
const known = new WeakMap<DescField, FieldRules | null>();

/** A field's protovalidate rules; undefined where it has none. */
export function fieldRules(field: DescField): FieldRules | undefined {
  let rules = known.get(field);
  if (rules === undefined) {
    rules = field.proto.options && hasOption(field, fieldExtension) ? getOption(field, fieldExtension) : null;
    known.set(field, rules);
  }
  return rules ?? undefined;
}

export function messageRules(desc: DescMessage): MessageRules | undefined {
  return desc.proto.options && hasOption(desc, messageExtension) ? getOption(desc, messageExtension) : undefined;
}

export function isRequiredOneof(oneof: DescOneof): boolean {
  return oneof.proto.options !== undefined && getOption(oneof, oneofExtension).required;
}

export function isIgnored(rules: FieldRules | undefined): boolean {
  return rules?.ignore === Ignore.ALWAYS;
}

/** Whether a value that is the type's default passes whatever the rules say. */
export function passesIfZero(rules: FieldRules | undefined): boolean {
  return rules?.ignore === Ignore.IF_ZERO_VALUE;
}

/** A rule's value where the contract gives it; a message of proto2 answers with the type's default where it does not. */
export function given<Rules extends object, Name extends keyof Rules>(
  rules: Rules,
  name: Name,
): Rules[Name] | undefined {
  return Object.hasOwn(rules, name) ? rules[name] : undefined;
}
