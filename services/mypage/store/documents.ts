import { type DescMessage, fromJson, type JsonValue, type MessageShape, toJson } from '@bufbuild/protobuf';

/** A message of the contract as the jsonb it is kept as. */
export function toDocument<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): string {
  return JSON.stringify(toJson(schema, message));
}

/** The message again. Fields that a newer version has written and this one does not know are left out. */
export function fromDocument<Desc extends DescMessage>(schema: Desc, document: JsonValue): MessageShape<Desc> {
  return fromJson(schema, document, { ignoreUnknownFields: true });
}
