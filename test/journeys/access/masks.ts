import type { JsonObject } from '@bufbuild/protobuf';
import { shapeOf } from './answer.ts';
import type { Caller } from './callers.ts';
import type { Method } from './contract.ts';
import { textFields } from './contract.ts';
import type { Belongings, Estate } from './estate.ts';
import { withAt } from './json.ts';
import type { OwnedRow } from './row.ts';
import { leaks } from './walk.ts';
import type { Way } from './ways.ts';

/** Changes one's own thing, every field by its name in the mask, to an id of another's and to one of nothing. */
export async function maskFaults(
  { method, row, way, caller }: { method: Method; row: OwnedRow; way: Way; caller: Caller },
  { of, shared, secrets }: Estate,
): Promise<string[]> {
  const faults: string[] = [];
  const request = row.of(of.ours, shared);
  const [resource = ''] = Object.keys(request);
  const fields = textFields(method.desc.input).filter((path) => path.startsWith(`${resource}.`));
  for (const path of fields) {
    for (const kind of Object.keys(of.theirs) as (keyof Belongings)[]) {
      for (const mask of [path.slice(resource.length + 1), ...(kind === 'customerId' ? ['*'] : [])]) {
        // One after the other: what the second answers shows what the first has changed.
        const ask = async (whose: Belongings) => {
          const asked: JsonObject = { ...withAt(request, path, whose[kind]), updateMask: mask };
          const answer = await way.ask({ caller, request: asked });
          faults.push(...leaks(answer, caller, { of, shared, secrets }, asked));
          return shapeOf(answer, { id: whose[kind] });
        };
        const shapes = [await ask(of.theirs), await ask(of.nobodys)];
        if (shapes[0] !== shapes[1]) faults.push(`${kind} in ${path}, mask ${mask}:\n    ${shapes.join('\n    ')}`);
      }
    }
  }
  return faults;
}
