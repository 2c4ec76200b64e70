import {
  create,
  type DescField,
  type DescMessage,
  type DescOneof,
  type Message,
  type Registry,
} from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import { createValidator, type Violation } from '@bufbuild/protovalidate';
import { fieldRules, isIgnored, messageRules } from './fieldRules.ts';

/** What a message cannot go without. */
export interface Missing {
  fields: ReadonlySet<DescField>;
  /** Oneofs of which one field must be set; the contract's own and those that only the rules know. */
  groups: readonly (readonly DescField[])[];
}

/** Asks protovalidate itself what a contract's rules mean, so that the document and the services never differ about them. */
export class Validation {
  readonly #validator;
  readonly #missing = new WeakMap<DescMessage, Missing>();

  constructor(registry: Registry) {
    this.#validator = createValidator({
      registry,
      // As the services do: JavaScript's own engine, for these are the contract's patterns and no stranger's.
      regexMatch: (pattern, against) => new RegExp(pattern, 'u').test(against),
    });
  }

  /** The rules that a message breaks; none also where rules cannot be run at all, which is not the message's fault. */
  violations(desc: DescMessage, message: Message): readonly Violation[] {
    const result = this.#validator.validate(desc, message);
    return result.kind === 'invalid' ? result.violations : [];
  }

  /** What is demanded of a message although it is empty. */
  missing(desc: DescMessage): Missing {
    const known = this.#missing.get(desc);
    if (known) return known;
    const fields = new Set<DescField>();
    const oneofs = new Set<DescOneof>();
    for (const { field: path } of this.violations(desc, create(desc))) {
      const [first] = path;
      if (first?.kind === 'field') fields.add(first);
      else if (first?.kind === 'oneof') oneofs.add(first);
    }
    for (const field of desc.fields) {
      if (field.presence === FeatureSet_FieldPresence.LEGACY_REQUIRED) fields.add(field);
      const rules = fieldRules(field);
      if (rules?.required && !isIgnored(rules)) fields.add(field);
    }
    const groups = (messageRules(desc)?.oneof ?? []).flatMap((rule) =>
      rule.required ? [desc.fields.filter(({ name }) => rule.fields.includes(name))] : [],
    );
    const missing = { fields, groups: [...[...oneofs].map((oneof) => oneof.fields), ...groups] };
    this.#missing.set(desc, missing);
    return missing;
  }
}
