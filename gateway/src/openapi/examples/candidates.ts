import { type DescEnum, type JsonValue, ScalarType } from '@bufbuild/protobuf';
import type { Duration, Timestamp } from '@bufbuild/protobuf/wkt';
import { type FieldRules, given } from '../rules/fieldRules.ts';
import { patternText } from './patternText.ts';

/** Values worth trying for a field, the most telling first. Which of them the rules let pass, protovalidate decides. */
export function* scalarCandidates(
  scalar: ScalarType,
  rules: FieldRules | undefined,
  name: string,
  comment: string,
): Generator<JsonValue> {
  switch (scalar) {
    case ScalarType.STRING:
      yield* texts(rules, name, comment);
      break;
    case ScalarType.BOOL:
      yield* [true, false];
      break;
    case ScalarType.BYTES:
      for (const bytes of byteTexts(rules)) yield Buffer.from(bytes).toString('base64');
      break;
    default:
      for (const value of numbers(rules)) yield isLong(scalar) ? String(value) : Number(value);
  }
}

export function* enumCandidates(desc: DescEnum): Generator<JsonValue> {
  for (const { name, number } of desc.values) if (number !== 0) yield name;
  for (const { name, number } of desc.values) if (number === 0) yield name;
}

function* texts(rules: FieldRules | undefined, name: string, comment: string): Generator<string> {
  const own = rules?.type.case === 'string' ? rules.type.value : undefined;
  if (own) {
    const only = given(own, 'const');
    if (only !== undefined) yield only;
    yield* own.example;
    yield* own.in;
  }
  yield* samplesOf(comment);
  const plain = name.replaceAll('_', '-');
  const prefix = (own && given(own, 'prefix')) ?? '';
  const suffix = (own && given(own, 'suffix')) ?? '';
  const around = (text: string) => `${prefix}${text}${suffix}`;
  yield* [around(plain), around('1'), around('a'), ...kinds];
  const pattern = own && given(own, 'pattern');
  if (pattern !== undefined) {
    for (const more of [0, 1, 2, 4, 8, 16, 32]) {
      const text = patternText(pattern, more);
      if (text !== undefined) yield text;
    }
  }
  const contained = own && given(own, 'contains');
  if (contained !== undefined) yield around(contained);
  const least =
    own && Number(given(own, 'len') ?? given(own, 'minLen') ?? given(own, 'lenBytes') ?? given(own, 'minBytes') ?? 0);
  const most = own && Number(given(own, 'maxLen') ?? given(own, 'maxBytes') ?? 0);
  if (least && least <= longest) yield around(plain.padEnd(least, 'a').slice(0, least));
  if (most) yield plain.slice(0, most);
}

/** Longer examples help nobody. */
const longest = 4_096;

/** One text of each kind that protovalidate knows, and of some that patterns are often written for. */
const kinds = [
  '+1-202-555-0100',
  'USD',
  '2026-11',
  '2026-11-30',
  '12:00',
  'name@example.com',
  'example.com',
  'https://example.com/',
  '01890a5d-ac96-774b-bcce-b302099a8057',
  '01890a5dac96774bbcceb302099a8057',
  '01H55KB8SJEGDNNKXB02GSN1BA',
  '192.0.2.1',
  '2001:db8::1',
  '192.0.2.0/24',
  '2001:db8::/32',
  'example.com:443',
  'example.v1.Name',
  '.example.v1.Name',
  'X-Example',
  '/example',
];

/** What a comment gives as an example: "such as `2026-11`" before whatever else it has between backticks. */
export function samplesOf(comment: string): string[] {
  const found = [...comment.matchAll(/(such as |e\.g\. |for example )?`"?([^`"]+)"?`/gi)];
  const introduced = found.flatMap(([, lead, sample]) => (lead && sample ? [sample] : []));
  return [...introduced, ...found.flatMap(([, , sample]) => sample ?? [])];
}

function* numbers(rules: FieldRules | undefined): Generator<number | bigint> {
  const own = rules?.type.value;
  const known = own && typeof own === 'object' && 'greaterThan' in own && 'in' in own ? own : undefined;
  const isNumber = (value: unknown): value is number | bigint => typeof value === 'number' || typeof value === 'bigint';
  if (known) {
    const only = 'const' in known ? given(known as { const?: unknown }, 'const') : undefined;
    yield* [only, ...(known.example as unknown[]), ...(known.in as unknown[])].filter(isNumber);
  }
  yield* [1, 10, 100];
  if (known) {
    const [above, below] = [known.greaterThan.value, known.lessThan.value] as unknown[];
    if (isNumber(above)) yield* [above, next(above, 1)];
    if (isNumber(below)) yield* [below, next(below, -1)];
    if (typeof above === 'number' && typeof below === 'number') yield (above + below) / 2;
  }
  yield* [0, -1];
}

function next(value: number | bigint, step: 1 | -1): number | bigint {
  return typeof value === 'bigint' ? value + BigInt(step) : value + step;
}

function* byteTexts(rules: FieldRules | undefined): Generator<Uint8Array> {
  const own = rules?.type.case === 'bytes' ? rules.type.value : undefined;
  if (own) {
    const only = given(own, 'const');
    if (only) yield only;
    yield* own.example;
    yield* own.in;
  }
  yield Buffer.from('example');
  const length = own && Number(given(own, 'len') ?? given(own, 'minLen') ?? given(own, 'maxLen') ?? 0);
  if (length && length <= longest) yield Buffer.alloc(length, 'a');
  yield* [new Uint8Array(4), new Uint8Array(16)];
}

function isLong(scalar: ScalarType): boolean {
  return [ScalarType.INT64, ScalarType.SINT64, ScalarType.SFIXED64, ScalarType.UINT64, ScalarType.FIXED64].includes(
    scalar,
  );
}

/** Times that stay as they are, so that the document is the same whenever it is made. */
export function* timeCandidates(rules: FieldRules | undefined): Generator<JsonValue> {
  yield* [...bounds(rules)].map((seconds) => new Date(Number(seconds) * 1_000).toISOString());
  yield* ['2026-11-30T14:50:00Z', '2020-01-01T00:00:00Z', '2100-01-01T00:00:00Z'];
}

export function* durationCandidates(rules: FieldRules | undefined): Generator<JsonValue> {
  yield* ['1s', '1.500s', '60s', '3600s', '86400s', '0s'];
  yield* [...bounds(rules)].map((seconds) => `${seconds}s`);
}

/** Whole seconds at and beside the bounds that the rules set. */
function* bounds(rules: FieldRules | undefined): Generator<bigint> {
  const { type } = rules ?? {};
  if (type?.case !== 'timestamp' && type?.case !== 'duration') return;
  const only = given(type.value as { const?: Timestamp | Duration }, 'const');
  for (const value of [only, ...type.value.example, type.value.greaterThan.value, type.value.lessThan.value]) {
    if (typeof value !== 'object') continue;
    yield* [value.seconds, value.seconds + 1n, value.seconds - 1n];
  }
}
