import { createRegistry, fromBinary, type JsonObject, toJson } from '@bufbuild/protobuf';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '#google/rpc/error_details';
import { StatusSchema } from '#google/rpc/status';

/** Everything that a caller gets to see, whichever way they asked. */
export interface Answer {
  /** `OK`, or the reason of an error. */
  readonly outcome: string;
  /** 200, 404, … over REST; 0, 5, … over gRPC. */
  readonly code: number;
  /** Body, headers and trailers, as text. */
  readonly seen: string;
}

const registry = createRegistry(ErrorInfoSchema, BadRequestSchema, RetryInfoSchema);

/** The details of an error as gRPC carries them. */
export function decodeStatus(encoded: Uint8Array): JsonObject {
  return toJson(StatusSchema, fromBinary(StatusSchema, encoded), { registry }) as JsonObject;
}

/** The reason in a `google.rpc.Status`; empty where it names none. */
export function reasonOf(status: unknown): string {
  const { details = [] } = status as { details?: { reason?: string }[] };
  return details.find(({ reason }) => reason !== undefined)?.reason ?? '';
}

const uuid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;
const time = /\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)/g;
const version = /"etag":\s*"[^"]*"/g;

/**
 * An answer with the ids it was asked for replaced by their names, and with whatever is new each time left out: two questions that
 * differ by their ids alone have the same answer if these are the same.
 */
export function shapeOf({ outcome, code, seen }: Answer, asked: Readonly<Record<string, string>>): string {
  let text = seen;
  for (const [name, id] of Object.entries(asked)) text = text.replaceAll(id, `<${name}>`);
  return `${code} ${outcome} ${text.replaceAll(uuid, '<id>').replaceAll(time, '<time>').replaceAll(version, '"etag":""')}`;
}

/** Those of the secrets that an answer gives away: all that it holds and the question did not. */
export function givenAway({ seen }: Answer, secrets: readonly string[], question: JsonObject): string[] {
  const said = JSON.stringify(question);
  return secrets.filter((secret) => seen.includes(secret) && !said.includes(secret));
}
