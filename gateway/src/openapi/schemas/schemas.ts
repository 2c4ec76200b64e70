import type { DescEnum, DescField, DescMessage } from '@bufbuild/protobuf';
import { commentOf } from '../comments.ts';
import type { Validation } from '../rules/validation.ts';
import { described, type Schema } from '../schema.ts';
import { Components, type Mode } from './components.ts';
import { fieldSchema } from './fieldSchema.ts';
import { messageSchema } from './messageSchema.ts';
import type { TypeSchemas } from './typeSchemas.ts';

/** Makes the schemas of a contract's types, and keeps those that are referred to. */
export class Schemas implements TypeSchemas {
  readonly components = new Components();
  readonly validation: Validation;

  constructor(validation: Validation) {
    this.validation = validation;
  }

  message(desc: DescMessage, mode: Mode): Schema {
    return this.components.message(desc, mode, () => messageSchema(this, desc, mode));
  }

  field(field: DescField, mode: Mode): Schema {
    return fieldSchema(this, field, mode);
  }

  enum(desc: DescEnum): Schema {
    if (desc.typeName === 'google.protobuf.NullValue') return { type: 'null' };
    return this.components.enum(desc, () => enumComponent(desc));
  }
}

function enumComponent(desc: DescEnum): Schema {
  const values = desc.values.map((value) => {
    const comment = commentOf(value).replaceAll(/\s+/g, ' ');
    return comment === '' ? '' : `\n- \`${value.name}\`: ${comment}`;
  });
  const text = `${commentOf(desc)}${values.join('') === '' ? '' : `\n${values.join('')}`}`;
  return {
    ...described({ title: desc.name, type: 'string', enum: desc.values.map(({ name }) => name) }, text),
    ...(desc.deprecated ? { deprecated: true } : {}),
  };
}
