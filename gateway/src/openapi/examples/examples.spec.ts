import { fromJson } from '@bufbuild/protobuf';
import { createValidator } from '@bufbuild/protovalidate';
import { describe, expect, test } from 'vitest';
import { readContract } from '../../contract/contract.ts';
import { Validation } from '../rules/validation.ts';
import { compileProto } from '../testing/compile.ts';
import { samplesOf } from './candidates.ts';
import { Examples } from './messageExample.ts';

/** Rules as contracts have them, one message each; every one demands something of an empty message. */
const rules = [
  'string f = 1 [(buf.validate.field).string.min_len = 30];',
  'string f = 1 [(buf.validate.field).string.len = 7];',
  'string f = 1 [(buf.validate.field).string = {min_len: 1, max_len: 2}];',
  'string a_long_name_of_a_field = 1 [(buf.validate.field).string = {min_len: 1, max_len: 4}];',
  'string f = 1 [(buf.validate.field).string.pattern = "^[a-z]{3}-[0-9]{2,}$"];',
  'string f = 1 [(buf.validate.field).string = {pattern: "^[a-z]+$", min_len: 12}];',
  'string f = 1 [(buf.validate.field).string.pattern = "^[A-Z]{3}$"];',
  'string f = 1 [(buf.validate.field).string.pattern = "^[0-9]{4}-(0[1-9]|1[0-2])$"];',
  'string f = 1 [(buf.validate.field).string.email = true];',
  'string f = 1 [(buf.validate.field).string.hostname = true];',
  'string f = 1 [(buf.validate.field).string.uri = true];',
  'string f = 1 [(buf.validate.field).string.uuid = true];',
  'string f = 1 [(buf.validate.field).string.tuuid = true];',
  'string f = 1 [(buf.validate.field).string.ulid = true];',
  'string f = 1 [(buf.validate.field).string.ip = true];',
  'string f = 1 [(buf.validate.field).string.ipv6 = true];',
  'string f = 1 [(buf.validate.field).string.ipv4_prefix = true];',
  'string f = 1 [(buf.validate.field).string.host_and_port = true];',
  'string f = 1 [(buf.validate.field).string.well_known_regex = KNOWN_REGEX_HTTP_HEADER_NAME];',
  'string f = 1 [(buf.validate.field).string.prefix = "things/"];',
  'string f = 1 [(buf.validate.field).string = {prefix: "a/", suffix: ".txt"}];',
  'string f = 1 [(buf.validate.field).string.contains = "@@"];',
  'string f = 1 [(buf.validate.field).string.const = "only this"];',
  'string f = 1 [(buf.validate.field).string = {in: ["x1", "x2"]}];',
  'string f = 1 [(buf.validate.field).string = {min_bytes: 5}];',
  'string f = 1 [(buf.validate.field).required = true];',
  'int32 f = 1 [(buf.validate.field).int32.gte = 1];',
  'int32 f = 1 [(buf.validate.field).int32 = {gt: 41, lt: 43}];',
  'int32 f = 1 [(buf.validate.field).int32 = {lt: -5}];',
  'int32 f = 1 [(buf.validate.field).int32 = {in: [77]}];',
  'int64 f = 1 [(buf.validate.field).int64.gt = 9007199254740993];',
  'uint64 f = 1 [(buf.validate.field).uint64.const = 18446744073709551615];',
  'double f = 1 [(buf.validate.field).double = {gt: 0.5, lt: 0.75}];',
  'double f = 1 [(buf.validate.field).double = {gt: 0, lte: 0.001}];',
  'bool f = 1 [(buf.validate.field).bool.const = true];',
  'bytes f = 1 [(buf.validate.field).bytes.len = 5];',
  'bytes f = 1 [(buf.validate.field).bytes.ipv4 = true];',
  'Colour f = 1 [(buf.validate.field).enum = {not_in: [0, 1]}];',
  'google.protobuf.Timestamp f = 1 [(buf.validate.field).required = true];',
  'google.protobuf.Timestamp f = 1 [(buf.validate.field).required = true, (buf.validate.field).timestamp.lt = {seconds: 100}];',
  'google.protobuf.Duration f = 1 [(buf.validate.field).required = true, (buf.validate.field).duration = {gt: {seconds: 100}, lt: {seconds: 120}}];',
  'google.protobuf.Int32Value f = 1 [(buf.validate.field).required = true, (buf.validate.field).int32.gte = 5];',
  'google.protobuf.Any f = 1 [(buf.validate.field).required = true];',
  'google.protobuf.FieldMask f = 1 [(buf.validate.field).required = true, (buf.validate.field).field_mask = {in: ["a", "b"]}];',
  'repeated string f = 1 [(buf.validate.field).repeated.min_items = 2];',
  'repeated int32 f = 1 [(buf.validate.field).repeated = {min_items: 2, unique: true}];',
  'repeated string f = 1 [(buf.validate.field).repeated = {min_items: 1, items: {string: {email: true}}}];',
  'map<string, int32> f = 1 [(buf.validate.field).map = {min_pairs: 2, values: {int32: {gte: 3}}}];',
  'map<int64, string> f = 1 [(buf.validate.field).map = {min_pairs: 1, keys: {int64: {gt: 50}}}];',
  'Inner f = 1 [(buf.validate.field).required = true];',
  'oneof o { option (buf.validate.oneof).required = true; Inner a = 1; string b = 2; }',
  'option (buf.validate.message).oneof = {fields: ["x", "y"], required: true}; string x = 1; string y = 2;',
  'optional string f = 1 [(buf.validate.field).required = true];',
  'int32 f = 1 [(buf.validate.field).cel = {id: "big", message: "big", expression: "this >= 90"}];',
];

const { registry } = readContract(
  compileProto(`syntax = "proto3";
package t;
import "buf/validate/validate.proto";
import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
enum Colour { UNKNOWN = 0; RED = 1; BLUE = 2; }
message Inner { string name = 1 [(buf.validate.field).string.min_len = 1]; Inner next = 2; string more = 3; }
message Optional { string f = 1 [(buf.validate.field).string.max_len = 9]; }
message Silent { string text = 1; int64 count = 2; Silent inside = 3; oneof o { string a = 4; string b = 5; } string old = 6 [deprecated = true]; }
message Impossible { string f = 1 [(buf.validate.field).string = {min_len: 5, max_len: 2}]; }
message Told {
  // Which month, such as ${'`2026-07`'}.
  string month = 1 [(buf.validate.field).string.pattern = "^[0-9]{4}-(0[1-9]|1[0-2])$"];
}
${rules.map((rule, index) => `message M${index} { ${rule} }`).join('\n')}
`),
);
const examples = new Examples(registry, new Validation(registry));
const validator = createValidator({ registry });

function descOf(name: string) {
  const desc = registry.getMessage(`t.${name}`);
  if (!desc) throw new Error(`there is no ${name}`);
  return desc;
}

describe('MESH-1 examples', () => {
  test.each(rules.map((rule, index) => [rule, index] as const))('%s', (_, index) => {
    const desc = descOf(`M${index}`);
    const json = examples.message(desc, { full: true });
    expect(json).toBeDefined();
    const message = fromJson(desc, json ?? {}, { registry });
    expect(validator.validate(desc, message)).toMatchObject({ kind: 'valid' });
    expect(validator.validate(desc, fromJson(desc, {}))).toMatchObject({ kind: 'invalid' });
  });

  test('what is needed is in it, and no more', () => {
    expect(examples.message(descOf('Inner'), { full: true })).toEqual({ name: 'name' });
    expect(examples.message(descOf('Optional'), { full: true })).toEqual({});
  });

  test('a message that says nothing of what it needs is shown whole, without what is deprecated', () => {
    const json = examples.message(descOf('Silent'), { full: true });
    expect(json).toEqual({ text: 'text', count: '1', a: 'a' });
    expect(examples.message(descOf('Silent'), { full: false })).toEqual({});
  });

  test('what nothing can fulfil has none', () => {
    expect(examples.message(descOf('Impossible'), { full: true })).toBeUndefined();
  });

  test('an author’s own example comes first', () => {
    expect(examples.message(descOf('Told'), { full: true })).toEqual({ month: '2026-07' });
    expect(samplesOf('One of `a` or `b`, such as `"c"`, e.g. `d`.')).toEqual(['c', 'd', 'a', 'b', 'c', 'd']);
  });
});
