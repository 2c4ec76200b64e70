import { inParallel } from '../../../deploy/local/sample/until.ts';
import { shapeOf } from './answer.ts';
import type { Caller } from './callers.ts';
import { type Method, textFields } from './contract.ts';
import type { Belongings, Estate } from './estate.ts';
import { withAt } from './json.ts';
import { headersOf, isOwned, type Row } from './row.ts';
import { leaks } from './walk.ts';
import type { Way } from './ways.ts';

/**
 * Asks for one's own, with an id of every kind of another's in every field that takes a text, and again with such an id of nothing:
 * each time the answers are the same.
 */
export async function foreignIdFaults(
  { method, row, way, caller }: { method: Method; row: Row; way: Way; caller: Caller },
  { of, shared, secrets }: Estate,
): Promise<string[]> {
  const request = isOwned(row) ? row.of(of.ours, shared) : row.with(shared);
  const fields = textFields(method.desc.input).filter((path) => path !== 'pageToken');
  const questions = fields.flatMap((path) =>
    (Object.keys(of.theirs) as (keyof Belongings)[]).map((kind) => ({ path, kind })),
  );
  const faults = await inParallel(questions, 16, async ({ path, kind }) => {
    const ask = async (whose: Belongings) => {
      const asked = withAt(request, path, whose[kind]);
      const answer = await way.ask({ caller, request: asked, headers: headersOf(row) });
      const found = leaks(answer, caller, { of, shared, secrets }, asked);
      return { shape: shapeOf(answer, { id: whose[kind] }), found };
    };
    const [another, nothing] = [await ask(of.theirs), await ask(of.nobodys)];
    if (another.shape === nothing.shape) return another.found;
    return [...another.found, `tells another's from nothing:\n    ${another.shape}\n    ${nothing.shape}`];
  });
  return questions.flatMap(({ path, kind }, index) =>
    (faults[index] ?? []).map((fault) => `${caller.name}, ${kind} in ${path}: ${fault}`),
  );
}
