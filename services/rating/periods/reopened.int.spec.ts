import { expect, it } from 'vitest';
import { csv, headerLine, pieces, totals } from '../testing/world.ts';
import { at, MonthWorld } from './testing/monthWorld.ts';

it('IOT-13 a month that the close has opened again takes usage as any open month, also of the process that saw it locked', async () => {
  await using on = await MonthWorld.open();
  const data = { name: 'data', metric: 'bytes', model: { case: 'perUnit', value: { unitPrice: '1' } } } as const;
  await on.tariff('plain', [data]);
  await on.line('0101', 'plain');
  const imports = on.world.imports();
  const send = (text: string) => imports.run({ business: 'iot', source: '', pieces: pieces(text) });
  expect(await send(csv([on.record('0101', at(3), 100)]))).toMatchObject({ rated: 1n });

  // given a month that was locked, with usage that came meanwhile, and that was found not to add up
  await on.lock();
  const late = on.record('0101', at(4), 20);
  expect(await send(csv([late]))).toMatchObject({ rated: 0n, late: 1n });
  await on.database.query('update usage_deltas set bytes = array[101]');
  await on.close();
  expect((await on.preview()).period).toMatchObject({ state: 1 });
  await on.database.query('update usage_totals set bytes = 100; update usage_deltas set bytes = array[100]');

  // when further usage comes, and what came late is replaced
  expect(await send(csv([on.record('0101', at(5), 3)]))).toMatchObject({ rated: 1n, late: 0n });
  const [id] = late.split(',');
  const replacement = `again,0101,iot.kr,${at(4).toISOString()},7000,0,REPLACE,${id}`;
  expect(await send(`${headerLine},correction,corrects\n${replacement}\n`)).toMatchObject({ rated: 1n, corrected: 0n });

  // then
  expect(await totals(on.database)).toEqual({ '2026-11 0101': '7103 in 3' });
  await on.close();
  const [moved, ...others] = await on.moved();
  expect(moved).toMatchObject({ lineId: '0101', records: 3n });
  expect(moved?.totals.find(({ metric }) => metric === 'bytes')?.quantity).toBe('7103');
  expect(others).toEqual([]);
});
