import type { DescMessage } from '@bufbuild/protobuf';
import { invalidField } from '#shared/errors/fault';
import { fieldNamed } from '../routes/fieldPath.ts';
import type { Parameter } from './query.ts';

/** What the caller asks of the answer's form, as Google's APIs have it in `$alt`. */
export interface SystemParameters {
  /** `enum-encoding=int`: enums come as numbers, so that a caller with an older contract can hand unknown ones back. */
  enumsAsNumbers: boolean;
  /** How a stream of messages is written, where the Accept header does not say. */
  stream: 'array' | 'events' | undefined;
}

const none: SystemParameters = { enumsAsNumbers: false, stream: undefined };

const forms: Record<string, SystemParameters> = {
  json: { enumsAsNumbers: false, stream: 'array' },
  'json;enum-encoding=int': { enumsAsNumbers: true, stream: 'array' },
  'json;enum-encoding=string': { enumsAsNumbers: false, stream: 'array' },
  sse: { enumsAsNumbers: false, stream: 'events' },
};

/**
 * Tells `$alt` from the method's own parameters. It may be written `alt`, too, as long as the request has no field of that
 * name. Other names that begin with `$` are system parameters nobody here knows, and mean nothing.
 */
export function splitSystemParameters(
  parameters: readonly Parameter[],
  input: DescMessage,
): { system: SystemParameters; own: readonly Parameter[] } {
  if (parameters.length === 0) return { system: none, own: parameters };
  let system: SystemParameters | undefined;
  const own: Parameter[] = [];
  for (const parameter of parameters) {
    const [name, value] = parameter;
    if (name === '$alt' || (name === 'alt' && !fieldNamed(input, 'alt'))) {
      if (system) throw invalidField('$alt', 'is given more than once');
      system = Object.hasOwn(forms, value) ? forms[value] : undefined;
      if (!system) throw invalidField('$alt', `must be one of ${Object.keys(forms).join(', ')}`);
    } else if (!name.startsWith('$')) own.push(parameter);
  }
  return { system: system ?? none, own };
}
