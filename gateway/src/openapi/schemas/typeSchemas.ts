import type { DescEnum, DescMessage } from '@bufbuild/protobuf';
import type { Validation } from '../rules/validation.ts';
import type { Schema } from '../schema.ts';
import type { Mode } from './components.ts';

/** By what the schema of one type refers to those of others; types may hold one another in circles. */
export interface TypeSchemas {
  readonly validation: Validation;
  message(desc: DescMessage, mode: Mode): Schema;
  enum(desc: DescEnum): Schema;
}
