import type { Forward } from '../partitions/forward.ts';
import { alone, type View } from '../partitions/membership.ts';
import type { UsageImport, UsageImportOptions } from '../usage/import/importUsage.ts';
import type { World } from './world.ts';

/** Some importers of one database that share its partitions, within one process. */
export interface Group {
  imports: UsageImport[];
  /** Who is there from now on, by number, counted from 1; each sees itself among them. */
  see: (numbers: number[]) => void;
  suspected: number[];
}

/** `forwarding` may get between the importers. */
export function group(
  at: World,
  size: number,
  options: Partial<UsageImportOptions> = {},
  forwarding: (forward: Forward) => Forward = (forward) => forward,
): Group {
  const numbers = Array.from({ length: size }, (_, index) => index + 1);
  const views = new Map<number, View>();
  const suspected: number[] = [];
  const imports: UsageImport[] = [];
  const forward = forwarding(({ no }, chunks) => (imports[no - 1] as UsageImport).take(chunks));
  const see = (present: number[]) => {
    const members = present.map((no) => ({ no, address: '' }));
    for (const no of numbers) views.set(no, { self: present.includes(no) ? no : undefined, members });
  };
  see(numbers);
  for (const no of numbers) {
    const sharing = {
      view: () => views.get(no) ?? alone,
      suspect: (suspect: number) => void suspected.push(suspect),
      forward,
    };
    imports.push(at.imports({ ...options, sharing }));
  }
  return { imports, see, suspected };
}
