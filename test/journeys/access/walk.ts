import type { JsonObject } from '@bufbuild/protobuf';
import { inParallel } from '../../../deploy/local/sample/until.ts';
import { type Answer, givenAway, shapeOf } from './answer.ts';
import type { Caller } from './callers.ts';
import { isReading, jsonPath, type Method } from './contract.ts';
import type { Estate, Side } from './estate.ts';
import { at, withAt } from './json.ts';
import { headersOf, isOwned, type OwnedRow, type Row } from './row.ts';
import type { Way } from './ways.ts';

export interface Walk {
  readonly method: Method;
  readonly row: Row;
  readonly way: Way;
  readonly caller: Caller;
  readonly estate: Estate;
  /** Headers that change nothing about who may read what, such as those by which services say for whom they call. */
  readonly handedOn: Readonly<Record<string, string>>;
}

const refusals: Readonly<Record<string, readonly number[]>> = {
  OK: [0, 200],
  UNAUTHENTICATED: [16, 401],
  ACCESS_DENIED: [7, 403],
};

/** Everything that is wrong with what one caller is answered by one method, on one way. */
export async function faultsOf(walk: Walk): Promise<string[]> {
  const { method, row, caller } = walk;
  const open = method.roles.has('anonymous') || caller.roles.some((role) => method.roles.has(role));
  const faults = open ? (isOwned(row) ? await owned(walk, row) : await common(walk)) : await refused(walk);
  return faults.map((fault) => `${walk.way.name}, ${caller.name}: ${fault}`);
}

/** Who may not call is told so, whatever they ask about, and whatever better token they send along. */
async function refused({ row, way, caller, estate, handedOn }: Walk): Promise<string[]> {
  const expected = caller.token === undefined ? 'UNAUTHENTICATED' : 'ACCESS_DENIED';
  const requests = isOwned(row)
    ? (['ours', 'nobodys'] as const).map((side) => row.of(estate.of[side], estate.shared))
    : [row.with(estate.shared)];
  const answers = await inParallel(requests, 2, (request) => way.ask({ caller, request, headers: handedOn }));
  const differ = new Set(answers.map((answer) => shapeOf(answer, {}))).size > 1;
  return [
    ...answers.flatMap((answer) => wrong(answer, expected)),
    ...(differ
      ? [`is refused in other words where there is nothing: ${answers.map(({ seen }) => seen).join(' | ')}`]
      : []),
  ];
}

async function common({ row, way, caller, estate }: Walk): Promise<string[]> {
  if (isOwned(row)) return [];
  const request = row.with(estate.shared);
  const answer = await way.ask({ caller, request, headers: headersOf(row) });
  const expected = answer.outcome === row.or ? row.or : row.answer;
  return [...wrong(answer, expected), ...leaks(answer, caller, estate, request)];
}

async function owned(walk: Walk, row: OwnedRow): Promise<string[]> {
  const { method, way, caller, estate } = walk;
  const owned = row.owners.some((role) => caller.roles.includes(role)) ? caller.side : undefined;
  const staff = caller.roles.includes('operator') || caller.roles.includes('service');
  // Their side makes nothing, so that it can be compared with itself in the end.
  const idle = owned === 'theirs' && row.own === 'OK' && !isReading(method);
  const reached: Side[] = staff ? ['ours'] : owned && !idle ? [owned] : [];
  const hidden = staff ? [] : (['ours', 'theirs'] as const).filter((side) => side !== owned);
  const faults = await inParallel(reached, 1, async (side) => {
    const request = row.of(estate.of[side], estate.shared);
    const answer = await way.ask({ caller, request, headers: headersOf(row) });
    return [
      ...wrong(answer, row.own).map((fault) => `about their own ${fault}`),
      ...leaks(answer, caller, estate, request),
    ];
  });
  const more = owned && !idle ? await withoutNames(walk, row) : [];
  return [...faults.flat(), ...more, ...(await inParallel(hidden, 2, (side) => hides(walk, row, side))).flat()];
}

/** What is another's is answered as what does not exist: the same code, words, details and headers. */
async function hides({ way, caller, estate, handedOn }: Walk, row: OwnedRow, side: Side): Promise<string[]> {
  const variants = [{}, ...(Object.keys(headersOf(row)).length > 0 ? [headersOf(row)] : [])];
  const faults = await inParallel(variants, 2, async (headers) => {
    const ask = (whose: Side, more = {}) =>
      way.ask({ caller, request: row.of(estate.of[whose], estate.shared), headers: { ...headers, ...more } });
    const [another, nothing] = await Promise.all([ask(side, handedOn), ask('nobodys')]);
    const shapes = [shapeOf(another, estate.of[side]), shapeOf(nothing, estate.of.nobodys)];
    const found = leaks(another, caller, estate, row.of(estate.of[side], estate.shared));
    if (shapes[0] === shapes[1]) return found;
    return [...found, `tells what is not theirs (${side}) from nothing:\n    ${shapes.join('\n    ')}`];
  });
  return faults.flat();
}

/** Who does not say who they are is taken to be who the token says. */
async function withoutNames({ method, way, caller, estate }: Walk, row: OwnedRow): Promise<string[]> {
  const fields = [method.customerField, method.driverField].filter((field) => field !== '').map(jsonPath);
  const inPath = fields.some((field) => method.http?.template.replaceAll('_', '').includes(`{${field}}`));
  const whole = row.of(estate.of[caller.side ?? 'nobodys'], estate.shared);
  const request = fields.reduce<JsonObject>((json, field) => withAt(json, field, undefined), whole);
  if (!fields.some((field) => at(whole, field) !== undefined) || (inPath && way.name === 'REST')) return [];
  const answer = await way.ask({ caller, request, headers: headersOf(row) });
  return [...wrong(answer, row.own).map((fault) => `unnamed ${fault}`), ...leaks(answer, caller, estate, request)];
}

function wrong({ outcome, code, seen }: Answer, expected: string): string[] {
  const codes = refusals[expected];
  if (outcome === expected && (codes === undefined || codes.includes(code))) return [];
  return [`is answered ${code} ${outcome}, not ${expected}: ${seen.slice(0, 400)}`];
}

/** What somebody reads who may not, of an answer to the question. */
export function leaks(answer: Answer, caller: Caller, { secrets }: Estate, question: JsonObject): string[] {
  if (caller.roles.includes('operator') || caller.roles.includes('service')) return [];
  const others = (['ours', 'theirs'] as const).filter((side) => side !== caller.side);
  const given = givenAway(
    answer,
    others.flatMap((side) => secrets[side]),
    question,
  );
  return given.length === 0 ? [] : [`is given away ${given.join(', ')}: ${answer.seen.slice(0, 400)}`];
}
