import { expect, it } from 'vitest';
import { Database } from '#shared/database/database';
import { Inputs } from './inputs.ts';
import { Pipeline } from './pipeline.ts';
import { newWork } from './work.ts';

const inputs = new Inputs(1, 1024);

it('takes work that comes at whatever moment of its falling idle', async () => {
  const database = new Database('postgres://nobody@127.0.0.1:1/none');
  for (let moments = 0; moments < 40; moments++) {
    const pipeline = new Pipeline({
      database,
      judging: () => {
        throw new Error('there is nothing to judge');
      },
    });
    const input = await inputs.take();
    const first = pipeline.submit(newWork(1, input, []));
    for (let moment = 0; moment < moments; moment++) await Promise.resolve();
    const second = pipeline.submit(newWork(1, input, []));
    await Promise.all([first, second]);
    inputs.giveBack(input);
  }
  expect(true).toBe(true);
});

it('fails work for which there is no engine, and goes on', async () => {
  const pipeline = new Pipeline({
    database: new Database('postgres://nobody@127.0.0.1:1/none'),
    judging: () => {
      throw new Error('no more threads');
    },
  });
  for (let time = 0; time < 2; time++) {
    const owner = { fileNo: 1, failure: undefined as unknown, nextLine: 1, bytesRead: 0, committed: () => {} };
    const input = await inputs.take();
    const part = { owner, fileNo: 1, format: 'csv' as const, from: 0, to: 1, fields: 6 as const };
    await pipeline.submit(newWork(1, input, [{ ...part, last: true, overlong: false }]));
    expect(owner.failure).toMatchObject({ message: 'no more threads' });
    inputs.giveBack(input);
  }
});
