import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { loadSmokingAreas } from '../../deploy/local/sample/smokingAreas.ts';
import { loadStores } from '../../deploy/local/sample/stores.ts';
import { loadTaxi } from '../../deploy/local/sample/taxi.ts';
import { until } from '../../deploy/local/sample/until.ts';
import { request } from './http.ts';
import { theWorld, type World } from './world.ts';

interface Step {
  /** The shell variable with the token. */
  readonly who: string;
  readonly command: string;
  /** The answer as the README shortens it. */
  readonly answer: unknown;
}

interface Walk {
  /** Role and id of each token, by the shell variable that holds it. */
  readonly tokens: ReadonlyMap<string, { role: 'customer' | 'driver' | 'operator'; id: string }>;
  readonly steps: readonly Step[];
}

/** The shell blocks of the README that sign in and show answers. */
async function walks(): Promise<Walk[]> {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const blocks = [...readme.matchAll(/```sh\n(auth=[^`]*)```/g)].map(([, block = '']) => block);
  return blocks.map((block) => {
    const signIns = block.matchAll(/^(\w+)=".*token -- (customer|driver|operator) ?(\S*?)\)"$/gm);
    const shown = block.matchAll(/^(curl -sH "\$(\w+)" .*)\n# (.*)$/gm);
    return {
      tokens: new Map([...signIns].map(([, name = '', role, id = '']) => [name, { role: role as 'customer', id }])),
      steps: [...shown].map(([, command = '', who = '', answer = '']) => ({
        who,
        command,
        answer: JSON.parse(answer),
      })),
    };
  });
}

/** What curl would do, as far as the README uses it. `id` is what the shell takes from the file that was written last. */
async function curl(world: World, token: string, command: string, id: string): Promise<unknown> {
  const path = /localhost:8088([^'" ]*)/.exec(command.replace(/\$\([^)]*\)/, id))?.[1];
  const body = /--json '([^']*)'/.exec(command)?.[1];
  const method = body !== undefined || command.includes('-X POST') ? 'POST' : 'GET';
  const options = { method, token, ...(body === undefined ? {} : { body }) };
  return JSON.parse((await request(`${world.gatewayUrl}${path}`, options)).text);
}

/** What follows by events a moment later; a reader of the README is slower than this. */
const followsBy: readonly [path: RegExp, isThere: (answer: Record<string, unknown>) => boolean][] = [
  [/\/v1\/mypages\//, ({ deliveries }) => Array.isArray(deliveries) && deliveries.length > 0],
  [/\/v1\/visits\/\$\([^)]*\)"$/, ({ state }) => state === 'VISIT_STATE_EARNED'],
  [/:accept"/, ({ state }) => state === 'RIDE_STATE_DISPATCHED'],
];

test('SHOP-1 SHOP-2 SHOP-3 TOON-2 TOON-3 TOON-4 TAXI-2 TAXI-4 SMOKE-1 SMOKE-5 the README’s lines get the answers that it shows', async () => {
  const world = theWorld();
  for (const load of [loadStores, loadTaxi, loadSmokingAreas]) await load(world.operator);
  const found = await walks();
  expect(found.map(({ tokens, steps }) => [tokens.get('auth')?.id, steps.length])).toEqual([
    ['shopper', 5],
    ['reader', 5],
    ['rider', 5],
    ['walker', 7],
  ]);
  for (const { tokens, steps } of found) {
    let id = '';
    for (const { who, command, answer } of steps) {
      const { role, id: whose } = tokens.get(who) ?? { role: 'operator', id: '' };
      const token = await world.token(role, whose);
      const isThere = followsBy.find(([path]) => path.test(command))?.[1];
      const given = await until(`${command} to be answered`, 15_000, async () => {
        const answered = (await curl(world, token, command, id)) as Record<string, unknown>;
        return isThere?.(answered) === false ? undefined : answered;
      });
      expect(given, command).toMatchObject(answer as object);
      if (command.includes('| tee ')) id = String(given.id);
    }
  }
});
