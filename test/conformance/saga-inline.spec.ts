import { expect, test } from 'vitest';
import { Fault } from '#shared/errors/fault';
import { untilEnded } from '#shared/saga/ends';
import { driveSaga, inlineLease } from '#shared/saga/inline';
import { startSaga } from '#shared/saga/progress';
import { sagaWorker } from '#shared/saga/runner';
import { call, defineSaga, done, goto, insist, local, type Saga } from '#shared/saga/saga';
import { testNatsUrl } from '#test/harness/database';
import { until } from './child.ts';
import { log, Stage } from './stage.ts';

interface Errand {
  id: string;
}

/** Two calls and an end; `go` stands for the other service. */
function errandSaga(go: (id: string, step: string, key: string) => Promise<void>): Saga<Errand> {
  const end = local<Errand>(async (tx, errand) => {
    await tx.query('insert into applied (id, n) values ($1, 1)', [errand.id]);
    return done(errand);
  });
  return defineSaga<Errand>({
    type: 'errand',
    first: 'out',
    steps: {
      out: call<Errand, void>({
        limitMs: 60_000,
        run: ({ id }, { key }) => go(id, 'out', key),
        onResult: async (_tx, errand) => goto('back', errand),
        onFault: async (_tx, errand) => goto('back', errand),
      }),
      back: insist<Errand, void>({
        run: ({ id }, { key }) => go(id, 'back', key),
        onResult: async (_tx, errand) => goto('end', errand),
      }),
      end,
    },
  });
}

const stageOf = (name: string) => Stage.open(name, testNatsUrl());
const begin = (stage: Stage, saga: Saga<Errand>, id: string) =>
  stage.database.transaction((tx) => startSaga(tx, saga, id, { id }, inlineLease));
const patience = { ms: 20_000, signal: new AbortController().signal };
const unaborted = () => new AbortController().signal;

async function applied(stage: Stage): Promise<string[]> {
  return (await stage.database.query<{ id: string }>('select id from applied order by position')).rows.map(
    ({ id }) => id,
  );
}

test('saga: who began it with a lease drives it to its end, and whoever waits for the end in that process is woken', async () => {
  await using stage = await stageOf('saga_inline');
  const keys: string[] = [];
  const saga = errandSaga(async (_id, _step, key) => {
    keys.push(key);
  });
  const begun = await begin(stage, saga, 'one');
  // The worker leaves it alone: the lease runs.
  await sagaWorker(stage.database, [saga], log).run(unaborted());
  expect(keys).toEqual([]);
  const ended = untilEnded(stage.database, { type: 'errand', id: 'one' }, patience);
  await driveSaga(stage.database, saga, begun, log);
  expect(await ended).toBe(true);
  expect(keys).toEqual(['errand:one:1', 'errand:one:2']);
  expect(await applied(stage)).toEqual(['one']);
});

test('saga: one whose driver died is the worker’s once its lease has run out, with the same keys', async () => {
  await using stage = await stageOf('saga_lease');
  const keys: string[] = [];
  const saga = errandSaga(async (_id, _step, key) => {
    keys.push(key);
  });
  await begin(stage, saga, 'orphan');
  await stage.database.query('update sagas set due_time = now()');
  await sagaWorker(stage.database, [saga], log).run(unaborted());
  expect(keys).toEqual(['errand:orphan:1', 'errand:orphan:2']);
  expect(await applied(stage)).toEqual(['orphan']);
});

test('saga: driven by its beginner and by the worker at once, each step is decided once', async () => {
  await using stage = await stageOf('saga_both');
  const saga = errandSaga(async () => {});
  const begun = await Promise.all(Array.from({ length: 20 }, (_, index) => begin(stage, saga, `errand-${index}`)));
  await stage.database.query('update sagas set due_time = now()');
  const worker = sagaWorker(stage.database, [saga], log).run(unaborted());
  await Promise.all([worker, ...begun.map((row) => driveSaga(stage.database, saga, row, log))]);
  await until(async () => (await stage.database.query('select from sagas where not done')).rowCount === 0, 'all ended');
  expect((await applied(stage)).toSorted()).toEqual(begun.map(({ id }) => id).toSorted());
});

test('saga: a failed attempt leaves the rest to the worker; a step that insists takes no refusal for an answer', async () => {
  await using stage = await stageOf('saga_insist');
  let refusals = 4;
  const saga = errandSaga(async (_id, step) => {
    if (step === 'back' && refusals-- > 0) throw new Fault('ACCESS_DENIED');
  });
  await driveSaga(stage.database, saga, await begin(stage, saga, 'stubborn'), log);
  expect(await applied(stage)).toEqual([]);
  const waiting = untilEnded(stage.database, { type: 'errand', id: 'stubborn' }, patience);
  const worker = sagaWorker(stage.database, [saga], log);
  while (refusals >= 0) {
    await stage.database.query('update sagas set due_time = now() where not done');
    await worker.run(unaborted());
  }
  expect(await waiting).toBe(true);
  expect(await applied(stage)).toEqual(['stubborn']);
});

test('saga: a call that hangs holds up none of the others, also not those that fall due later', async () => {
  await using stage = await stageOf('saga_hang');
  const gate = Promise.withResolvers<void>();
  const saga = errandSaga(async (id) => {
    if (id === 'slow') await gate.promise;
  });
  const start = (id: string) => stage.database.transaction((tx) => startSaga(tx, saga, id, { id }));
  await start('slow');
  const running = sagaWorker(stage.database, [saga], log).run(unaborted());
  for (let index = 0; index < 5; index++) {
    await start(`quick-${index}`);
    await until(async () => (await applied(stage)).length === index + 1, `quick-${index} ended`);
  }
  gate.resolve();
  await running;
  expect((await applied(stage)).at(-1)).toBe('slow');
});
