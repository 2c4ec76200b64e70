import { readFileSync } from 'node:fs';
import {
  createFileRegistry,
  type DescField,
  type DescMessage,
  fromBinary,
  getOption,
  hasOption,
  ScalarType,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema, MethodOptions_IdempotencyLevel as Level } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { http } from '#google/api/annotations';
import { access, event, Role } from '#proto/common/v1/options';
import { field as fieldRules } from '../../proto/gen/es/buf/validate/validate_pb.ts';

// The whole contract as it is published, so that a service that nobody imports is looked at too.
const image = readFileSync(new URL('../../proto/gen/image.binpb', import.meta.url));
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, image));
const files = [...registry.files].filter(({ proto }) => proto.package.startsWith('jangbu.'));
const methods = files.flatMap(({ services }) => services).flatMap((service) => service.methods);
const messages = files.flatMap((file) => file.messages);
const nameOf = (method: (typeof methods)[number]) => `${method.parent.name}.${method.name}`;

describe('the contracts', () => {
  it('are all there', () => {
    expect(methods.length).toBeGreaterThan(30);
  });

  it.each(methods.map((method) => [nameOf(method), method] as const))(
    '%s says who may call it and what repeating it does',
    (_name, method) => {
      expect(hasOption(method, access)).toBe(true);
      const { roles, customerField } = getOption(method, access);
      expect(roles.length).toBeGreaterThan(0);
      expect(method.proto.options?.idempotencyLevel, 'idempotency_level').toBeDefined();
      if (customerField !== '') expect(fieldAt(method.input, customerField)?.scalar).toBeDefined();
      // What is served over REST is for people; what only services may call stays in the mesh.
      // REST has no stream of messages towards the service; its BatchReportUsage takes the same records.
      const forPeople = roles.some((role) => role !== Role.SERVICE) && method.name !== 'ReportUsage';
      expect(hasOption(method, http)).toBe(forPeople);
    },
  );

  it.each(methods.map((method) => [nameOf(method), method] as const))(
    '%s is read by GET exactly when it changes nothing',
    (_name, method) => {
      if (!hasOption(method, http)) return;
      const isGet = getOption(method, http).pattern.case === 'get';
      const readsOnly = method.idempotency === Level.NO_SIDE_EFFECTS;
      // These read, but a question is too large for a query string, or its answer too much work to be asked for by accident.
      const asks = ['Quote', 'PreviewPeriod', 'SimulateTariff'].includes(method.name);
      expect(isGet || asks).toBe(readsOnly);
    },
  );

  const requests = new Set(methods.map(({ input }) => input));
  it.each([...requests].map((request) => [request.name, request] as const))(
    '%s holds every text and number to a rule',
    (_name, request) => {
      const loose = request.fields.filter((field) => needsRule(field) && !hasOption(field, fieldRules));
      expect(loose.map(({ name }) => name)).toEqual([]);
    },
  );

  const events = messages.filter((message) => hasOption(message, event));
  it.each(events.map((message) => [message.name, message] as const))('%s names its aggregate', (_name, message) => {
    const { aggregate, idField } = getOption(message, event);
    expect(aggregate).toMatch(/^[a-z][a-zA-Z]*$/);
    expect(fieldAt(message, idField)?.scalar).toBeDefined();
    expect(message.file.name).toMatch(/\/events$/);
  });
});

function fieldAt(message: DescMessage, path: string): DescField | undefined {
  const [name, ...rest] = path.split('.');
  const found = message.fields.find((field) => field.name === name);
  if (rest.length === 0) return found;
  return found?.message ? fieldAt(found.message, rest.join('.')) : undefined;
}

/** Messages bring rules of their own, and there is nothing to rule out in a yes or no. */
function needsRule(field: DescField): boolean {
  return (field.fieldKind === 'scalar' && field.scalar !== ScalarType.BOOL) || field.fieldKind === 'enum';
}
