import { type Duration, durationMs, type Timestamp, timestampMs } from '@bufbuild/protobuf/wkt';
import type { Schema } from '../schema.ts';
import type { FieldRules } from './fieldRules.ts';
import { given } from './fieldRules.ts';
import { longKeywords, numberKeywords } from './numberRules.ts';
import { bytesKeywords, stringKeywords } from './textRules.ts';

/** What the rules of one value (not of a list or map as a whole, nor of an enum) say, in the keywords of JSON Schema and in words. */
export function valueKeywords({ type }: FieldRules): Schema {
  switch (type.case) {
    case 'float':
    case 'double':
    case 'int32':
    case 'sint32':
    case 'sfixed32':
    case 'uint32':
    case 'fixed32':
      return numberKeywords(type.value);
    case 'int64':
    case 'sint64':
    case 'sfixed64':
    case 'uint64':
    case 'fixed64':
      return longKeywords(type.value);
    case 'string':
      return stringKeywords(type.value);
    case 'bytes':
      return bytesKeywords(type.value);
    case 'bool': {
      const only = given(type.value, 'const');
      return only === undefined ? {} : { const: only };
    }
    case 'duration':
      return inWords(type.value, (value) => `${durationMs(value as Duration) / 1_000}s`);
    case 'timestamp':
      return inWords(type.value, (value) => new Date(timestampMs(value as Timestamp)).toISOString());
    case 'fieldMask':
      return type.value.in.length > 0 ? { description: `Out of ${type.value.in.join(', ')}.` } : {};
    case 'any':
      return type.value.in.length > 0 ? { properties: { '@type': { enum: type.value.in } } } : {};
    default:
      return {};
  }
}

/** What custom rules demand, in their authors' words. */
export function customTexts(rules: {
  cel: { message: string; expression: string }[];
  celExpression: string[];
}): string[] {
  return [
    ...rules.cel.map(({ message, expression }) => sentence(message || `\`${expression}\` holds`)),
    ...rules.celExpression.map((expression) => sentence(`\`${expression}\` holds`)),
  ];
}

interface Span {
  lessThan: { case: string | undefined; value?: unknown };
  greaterThan: { case: string | undefined; value?: unknown };
}

function inWords({ lessThan, greaterThan }: Span, text: (value: unknown) => string): Schema {
  const say = (bound: Span['lessThan'], words: Record<string, string>) => {
    if (bound.case === undefined) return [];
    const word = words[bound.case] ?? '';
    return typeof bound.value === 'boolean' ? [`${word} now`] : [`${word} ${text(bound.value)}`];
  };
  const parts = [
    ...say(greaterThan, { gt: 'more than', gte: 'at least', gtNow: 'later than' }),
    ...say(lessThan, { lt: 'less than', lte: 'at most', ltNow: 'before' }),
  ];
  return parts.length === 0 ? {} : { description: sentence(parts.join(', ')) };
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}
