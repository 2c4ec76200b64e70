import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import { pathToString } from '@bufbuild/protobuf/reflect';
import { createValidator } from '@bufbuild/protovalidate';
import { Fault } from '../errors/fault.ts';

const validator = createValidator();

/** Checks a message against the rules of its contract; INVALID_REQUEST names every field that breaks one. */
export function validateMessage<Desc extends DescMessage>(desc: Desc, message: MessageShape<Desc>, prefix = ''): void {
  const result = validator.validate(desc, message);
  if (result.kind === 'valid') return;
  if (result.kind === 'error') throw result.error;
  const violations = result.violations.map((violation) => ({
    field: prefix + pathToString(violation.field),
    description: violation.message || violation.ruleId,
  }));
  throw new Fault('INVALID_REQUEST', {
    message: violations.map(({ field, description }) => `${field}: ${description}`).join('; '),
    violations,
  });
}
