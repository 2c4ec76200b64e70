import { type DescField, type DescMessage, getOption, type MessageShape } from '@bufbuild/protobuf';
import { event } from '#proto/common/v1/options';
import { subjectToken } from './token.ts';

/** What the contract says about an event: who emits it and what it is about. */
export interface EventType {
  /** Full name of the message, such as `jangbu.ordering.v1.LineActivated`. */
  name: string;
  /** The service that emits it, from the package. */
  service: string;
  aggregate: string;
  version: string;
  /** The fields to walk to the aggregate's id. */
  idPath: DescField[];
}

const known = new WeakMap<DescMessage, EventType>();

/** Reads the event option of a message; throws when the message is no event, which is a mistake in the code. */
export function eventType(schema: DescMessage): EventType {
  let type = known.get(schema);
  if (!type) {
    type = readType(schema);
    known.set(schema, type);
  }
  return type;
}

function readType(schema: DescMessage): EventType {
  const { aggregate, idField } = getOption(schema, event);
  const [root, service, version] = schema.file.proto.package.split('.');
  if (!aggregate || !idField || root !== 'jangbu' || !service || !version) {
    throw new Error(`${schema.typeName} is no event: it lacks the option (jangbu.common.v1.event)`);
  }
  return {
    name: schema.typeName,
    service,
    aggregate,
    version,
    idPath: fieldPath(schema, idField),
  };
}

function fieldPath(schema: DescMessage, path: string): DescField[] {
  let within: DescMessage | undefined = schema;
  return path.split('.').map((name) => {
    const field: DescField | undefined = within?.fields.find((candidate) => candidate.name === name);
    if (!field) throw new Error(`${schema.typeName} has no field ${path}, which its event option names`);
    within = field.fieldKind === 'message' ? field.message : undefined;
    return field;
  });
}

/** The id of the aggregate that the event is about. */
export function aggregateId<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): string {
  let value: unknown = message;
  for (const field of eventType(schema).idPath) {
    value = value === undefined ? undefined : (value as Record<string, unknown>)[field.localName];
  }
  if (typeof value !== 'string' || value === '') {
    throw new Error(`${schema.typeName} names no ${eventType(schema).aggregate}: its id is empty`);
  }
  return value;
}

/** `jangbu.<service>.<aggregate>.<Event>.<version>.<aggregate id>` */
export function subjectOf(schema: DescMessage, id: string): string {
  const { service, aggregate, version } = eventType(schema);
  return `jangbu.${service}.${aggregate}.${schema.name}.${version}.${subjectToken(id)}`;
}
