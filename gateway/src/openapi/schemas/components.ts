import type { DescEnum, DescMessage } from '@bufbuild/protobuf';
import type { Schema } from '../schema.ts';

/**
 * In which role a message is described.
 * `input`: what a request must look like to pass the rules.
 * `unchecked`: in a request, where the contract has the rules ignored, as it does for changes of single fields.
 * `answer`: as the gateway writes it, with default values and without rules, which bind those who ask.
 */
export type Mode = 'input' | 'unchecked' | 'answer';

const suffixes: Record<Mode, string> = { answer: '', input: '-input', unchecked: '-unchecked' };

/** The schemas that others refer to: each made once, when it is first referred to, so that all are used and recursion ends. */
export class Components {
  readonly #schemas = new Map<string, Schema>();
  readonly #open: { name: string; make: () => Schema }[] = [];

  message(desc: DescMessage, mode: Mode, make: () => Schema): Schema {
    return this.refer(desc.typeName + suffixes[mode], make);
  }

  enum(desc: DescEnum, make: () => Schema): Schema {
    return this.refer(desc.typeName, make);
  }

  refer(name: string, make: () => Schema): Schema {
    if (!this.#schemas.has(name)) {
      this.#schemas.set(name, {});
      this.#open.push({ name, make });
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  /** All of them by name; makes those that are still open, and what they refer to. */
  finish(): Record<string, Schema> {
    for (let next = this.#open.shift(); next; next = this.#open.shift()) this.#schemas.set(next.name, next.make());
    return Object.fromEntries([...this.#schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
