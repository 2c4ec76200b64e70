import type { BytesRules, StringRules } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import type { Schema } from '../schema.ts';
import { given } from './fieldRules.ts';

/** protovalidate's kinds of text, as JSON Schema formats where there are such, as patterns or as names otherwise. */
const formats: Record<string, Schema> = {
  email: { format: 'email' },
  hostname: { format: 'hostname' },
  ip: { anyOf: [{ format: 'ipv4' }, { format: 'ipv6' }] },
  ipv4: { format: 'ipv4' },
  ipv6: { format: 'ipv6' },
  uri: { format: 'uri' },
  uriRef: { format: 'uri-reference' },
  address: { anyOf: [{ format: 'hostname' }, { format: 'ipv4' }, { format: 'ipv6' }] },
  uuid: { format: 'uuid' },
  tuuid: { pattern: '^[0-9a-fA-F]{32}$' },
  ulid: { pattern: '^[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$' },
  ipWithPrefixlen: { description: 'An IP address with the length of its prefix.' },
  ipv4WithPrefixlen: { description: 'An IPv4 address with the length of its prefix.' },
  ipv6WithPrefixlen: { description: 'An IPv6 address with the length of its prefix.' },
  ipPrefix: { description: 'An IP prefix.' },
  ipv4Prefix: { description: 'An IPv4 prefix.' },
  ipv6Prefix: { description: 'An IPv6 prefix.' },
  hostAndPort: { description: 'A host and a port, with a colon between them.' },
  protobufFqn: { description: 'The full name of something in Protobuf.' },
  protobufDotFqn: { description: 'The full name of something in Protobuf, with a leading dot.' },
  wellKnownRegex: { description: 'The name or value of an HTTP header.' },
};

export function stringKeywords(rules: StringRules): Schema {
  const { wellKnown } = rules;
  const applies = wellKnown.case !== undefined && wellKnown.value !== false;
  const { patterns, texts } = patternsOf(rules);
  const [pattern, ...more] = patterns;
  const format = applies ? (formats[wellKnown.case] ?? {}) : {};
  const only = given(rules, 'const');
  return {
    ...lengths(rules),
    ...format,
    ...(pattern === undefined ? {} : { pattern }),
    ...(more.length > 0 ? { allOf: more.map((each) => ({ pattern: each })) } : {}),
    ...(only === undefined ? {} : { const: only }),
    ...(rules.in.length > 0 ? { enum: rules.in } : {}),
    ...exclusions(rules),
    ...(texts.length > 0 ? { description: texts.join(' ') } : {}),
  };
}

/** JSON Schema counts characters; bytes of UTF-8 are no fewer than characters and at most four times as many. */
function lengths(rules: StringRules): Schema {
  const exact = number(given(rules, 'len'));
  const exactBytes = number(given(rules, 'lenBytes'));
  const leastBytes = number(given(rules, 'minBytes')) ?? exactBytes;
  const least = exact ?? number(given(rules, 'minLen')) ?? (leastBytes && Math.ceil(leastBytes / 4));
  const most = exact ?? number(given(rules, 'maxLen')) ?? number(given(rules, 'maxBytes')) ?? exactBytes;
  return {
    ...(least === undefined ? {} : { minLength: least }),
    ...(most === undefined ? {} : { maxLength: most }),
  };
}

function patternsOf(rules: StringRules): { patterns: string[]; texts: string[] } {
  const [pattern, prefix, suffix, contains] = [
    given(rules, 'pattern'),
    given(rules, 'prefix'),
    given(rules, 'suffix'),
    given(rules, 'contains'),
  ];
  const readable = pattern !== undefined && isEcmaPattern(pattern);
  const bytes = given(rules, 'maxBytes') ?? given(rules, 'lenBytes');
  return {
    patterns: [
      ...(readable ? [pattern] : []),
      ...(prefix === undefined ? [] : [`^${escaped(prefix)}`]),
      ...(suffix === undefined ? [] : [`${escaped(suffix)}$`]),
      ...(contains === undefined ? [] : [escaped(contains)]),
    ],
    texts: [
      ...(pattern !== undefined && !readable ? [`Matches the RE2 pattern \`${pattern}\`.`] : []),
      ...(bytes === undefined ? [] : [`At most ${bytes} bytes in UTF-8.`]),
    ],
  };
}

function exclusions(rules: StringRules): Schema {
  const without = given(rules, 'notContains');
  const none = [
    ...(rules.notIn.length > 0 ? [{ enum: rules.notIn }] : []),
    ...(without === undefined ? [] : [{ pattern: escaped(without) }]),
  ];
  if (none.length === 0) return {};
  return { not: none.length === 1 ? none[0] : { anyOf: none } };
}

/** Lengths of base64, which a request may also send without its padding. */
export function bytesKeywords(rules: BytesRules): Schema {
  const exact = number(given(rules, 'len'));
  const least = exact ?? number(given(rules, 'minLen'));
  const most = exact ?? number(given(rules, 'maxLen'));
  return {
    ...(least === undefined ? {} : { minLength: Math.ceil((least * 4) / 3) }),
    ...(most === undefined ? {} : { maxLength: Math.ceil(most / 3) * 4 }),
  };
}

/** Rules are RE2's; nearly all such patterns mean the same in JSON Schema, which has ECMAScript's. */
function isEcmaPattern(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function number(value: bigint | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}
