import type { JsonObject } from '@bufbuild/protobuf';
import type { Caller } from './callers.ts';
import { jsonPath, type Method } from './contract.ts';
import type { Estate } from './estate.ts';
import { withAt } from './json.ts';
import type { OwnedRow } from './row.ts';
import { leaks } from './walk.ts';
import type { Way } from './ways.ts';

export interface List {
  readonly method: Method;
  readonly row: OwnedRow;
  readonly way: Way;
}

/** Tokens of pages that operators and the others themselves have turned to. */
export async function foreignTokens(
  { method, row, way }: List,
  callers: readonly Caller[],
  estate: Estate,
): Promise<string[]> {
  const theirs = { ...row.of(estate.of.theirs, estate.shared), pageSize: 1 };
  const everybodys = [method.customerField, method.driverField]
    .filter((field) => field !== '')
    .reduce<JsonObject>((json, field) => withAt(json, jsonPath(field), undefined), theirs);
  const tokens = await Promise.all(
    callers.flatMap((caller) =>
      [theirs, everybodys].map(async (request) => {
        const answer = await way.ask({ caller, request });
        const page = answer.outcome === 'OK' ? (JSON.parse(answer.seen) as { nextPageToken?: string }) : {};
        return page.nextPageToken ?? [];
      }),
    ),
  );
  return [...new Set(tokens.flat())];
}

/** Goes on in one's own list where somebody else has turned a page. */
export async function foreignPageFaults(
  { row, way }: List,
  { caller, pageToken, estate }: { caller: Caller; pageToken: string; estate: Estate },
): Promise<string[]> {
  const request = { ...row.of(estate.of.ours, estate.shared), pageSize: 100, pageToken };
  const answer = await way.ask({ caller, request });
  const found = leaks(answer, caller, estate, request);
  return answer.outcome === 'OK' ? found : [...found, `${caller.name} is answered ${answer.outcome}: ${answer.seen}`];
}
