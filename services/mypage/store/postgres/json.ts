import { type DescMessage, fromJson, type JsonValue, type Message, toJson } from '@bufbuild/protobuf';
import { type AnyDocument, type DocumentKind, documentSchemas } from '../../domain/document.ts';

/** A document's content as the jsonb it is kept as. */
export function toDocument({ kind, content }: AnyDocument): string {
  const schema: DescMessage = documentSchemas[kind];
  return JSON.stringify(toJson(schema, content as Message));
}

/** The content again. Fields that a newer version has written and this one does not know are left out. */
export function fromDocument<Kind extends DocumentKind>(kind: Kind, json: JsonValue): AnyDocument['content'] {
  const schema: DescMessage = documentSchemas[kind];
  return fromJson(schema, json, { ignoreUnknownFields: true }) as AnyDocument['content'];
}
