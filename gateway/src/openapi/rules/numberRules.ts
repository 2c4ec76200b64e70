import type { Schema } from '../schema.ts';
import { given } from './fieldRules.ts';

type Bound<N> = { case: string; value: N } | { case: undefined; value?: undefined };

/** What the rules of all numeric types have in common. */
export interface NumberRules<N extends number | bigint> {
  const: N;
  lessThan: Bound<N>;
  greaterThan: Bound<N>;
  in: N[];
  notIn: N[];
}

export function numberKeywords(rules: NumberRules<number>): Schema {
  const { greaterThan: above, lessThan: below } = rules;
  const lower = above.case && { [above.case === 'gte' ? 'minimum' : 'exclusiveMinimum']: above.value };
  const upper = below.case && { [below.case === 'lte' ? 'maximum' : 'exclusiveMaximum']: below.value };
  // A lower bound above the upper one means everything but what lies between them.
  const outside = lower && upper && Number(above.value) > Number(below.value);
  return {
    ...(outside ? { anyOf: [lower, upper] } : { ...lower, ...upper }),
    ...chosen(rules, (value) => value),
  };
}

/** 64-bit numbers are texts in JSON, of which a schema cannot say how large they are; words can. */
export function longKeywords(rules: NumberRules<bigint>): Schema {
  const { greaterThan: above, lessThan: below } = rules;
  const words = [
    above.case && `${above.case === 'gte' ? 'at least' : 'more than'} ${above.value}`,
    below.case && `${below.case === 'lte' ? 'at most' : 'less than'} ${below.value}`,
  ].filter((word) => word !== undefined);
  const outside = above.case && below.case && above.value > below.value;
  const text = words.join(outside ? ' or ' : ', ');
  const positive = above.case !== undefined && !outside && above.value >= 0n;
  return {
    ...(positive ? { pattern: '^[0-9]+$' } : {}),
    ...(text === '' ? {} : { description: `${text.charAt(0).toUpperCase()}${text.slice(1)}.` }),
    ...chosen(rules, String),
  };
}

function chosen<N extends number | bigint>(rules: NumberRules<N>, json: (value: N) => unknown): Schema {
  const only = given(rules, 'const');
  return {
    ...(only === undefined ? {} : { const: json(only) }),
    ...(rules.in.length > 0 ? { enum: rules.in.map(json) } : {}),
    ...(rules.notIn.length > 0 ? { not: { enum: rules.notIn.map(json) } } : {}),
  };
}
