import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import { pathToString } from '@bufbuild/protobuf/reflect';
import { createValidator } from '@bufbuild/protovalidate';
import { Fault } from '../errors/fault.ts';

// JavaScript's own engine is ten times as fast as the library's, whose safety from slow patterns is for patterns of strangers; these come
// from the contracts.
const patterns = new Map<string, RegExp>();
const validator = createValidator({
  regexMatch: (pattern, against) => {
    let compiled = patterns.get(pattern);
    if (!compiled) {
      compiled = new RegExp(pattern, 'u');
      patterns.set(pattern, compiled);
    }
    return compiled.test(against);
  },
});

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
