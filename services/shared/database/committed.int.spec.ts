import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '#test/harness/database';
import { whenCommitted } from './committed.ts';
import { Database } from './database.ts';

let fresh: FreshDatabase;
let database: Database;
beforeAll(async () => {
  fresh = await freshDatabase('committed');
  database = new Database(fresh.url);
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await fresh[Symbol.asyncDispose]();
});

describe('what is counted when a transaction commits', () => {
  test('is not counted before, and not where it is rolled back', async () => {
    const counted: string[] = [];
    await database.transaction(async (tx) => {
      whenCommitted(tx, () => counted.push('one'));
      whenCommitted(tx, () => counted.push('two'));
      expect(counted).toEqual([]);
    });
    expect(counted).toEqual(['one', 'two']);
    const failing = database.transaction(async (tx) => {
      whenCommitted(tx, () => counted.push('never'));
      throw new Error('changed its mind');
    });
    await expect(failing).rejects.toThrow('changed its mind');
    expect(counted).toEqual(['one', 'two']);
  });

  test('is counted once where PostgreSQL has the transaction repeated', async () => {
    const counted: number[] = [];
    let attempts = 0;
    await database.transaction(async (tx) => {
      attempts += 1;
      const attempt = attempts;
      whenCommitted(tx, () => counted.push(attempt));
      if (attempt === 1) throw Object.assign(new Error('could not serialize access'), { code: '40001' });
    });
    expect(counted).toEqual([2]);
  });
});
