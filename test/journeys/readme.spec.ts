import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { loadStores } from '../../deploy/local/sample/stores.ts';
import { until } from '../../deploy/local/sample/until.ts';
import { request } from './http.ts';
import { theWorld, type World } from './world.ts';

interface Step {
  readonly command: string;
  /** The answer as the README shortens it. */
  readonly answer: unknown;
}

interface Walk {
  readonly customer: string;
  readonly steps: readonly Step[];
}

/** The shell blocks of the README that sign in as a customer and show answers. */
async function walks(): Promise<Walk[]> {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  return [...readme.matchAll(/```sh\nauth=.* customer (\S+)\)"\n([^`]*)```/g)].map(([, customer = '', block = '']) => ({
    customer,
    steps: [...block.matchAll(/^(curl .*)\n# (.*)$/gm)].map(([, command = '', answer = '']) => ({
      command,
      answer: JSON.parse(answer),
    })),
  }));
}

/** What curl would do, as far as the README uses it. `orderId` is what the shell takes from `order.json`. */
async function curl(world: World, token: string, command: string, orderId: string): Promise<unknown> {
  const path = /localhost:8088([^'" ]*)/.exec(command.replace(/\$\([^)]*\)/, orderId))?.[1];
  const body = /--json '([^']*)'/.exec(command)?.[1];
  const method = body !== undefined || command.includes('-X POST') ? 'POST' : 'GET';
  const options = { method, token, ...(body === undefined ? {} : { body }) };
  return JSON.parse((await request(`${world.gatewayUrl}${path}`, options)).text);
}

test('SHOP-1 SHOP-2 SHOP-3 TOON-2 TOON-3 TOON-4 the README’s lines get the answers that it shows', async () => {
  const world = theWorld();
  await loadStores(world.operator);
  const found = await walks();
  expect(found.map(({ customer, steps }) => [customer, steps.length])).toEqual([
    ['shopper', 5],
    ['reader', 5],
  ]);
  for (const { customer, steps } of found) {
    const token = await world.token('customer', customer);
    let orderId = '';
    for (const { command, answer } of steps) {
      // My page follows a moment later, and a reader of the README is slower than this.
      const given = command.includes('/v1/mypages/')
        ? await until('my page to follow', 10_000, async () => {
            const page = (await curl(world, token, command, orderId)) as { deliveries?: unknown[] };
            return page.deliveries?.length ? page : undefined;
          })
        : await curl(world, token, command, orderId);
      expect(given, command).toMatchObject(answer as object);
      if (command.includes('tee order.json')) orderId = (given as { id: string }).id;
    }
  }
});
