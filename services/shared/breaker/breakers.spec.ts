import { describe, expect, test } from 'vitest';
import { until } from '../../../deploy/local/sample/until.ts';
import { Fault } from '../errors/fault.ts';
import { type Breaker, Breakers } from './breakers.ts';

class Away extends Error {}
const options = { failures: 3, halfOpenAfterMs: 50, counts: (error: unknown) => error instanceof Away };
const away = () => Promise.reject(new Away());
const fine = async () => 'fine';
const declined = () => Promise.reject(new Fault('PAYMENT_DECLINED'));

async function opened(): Promise<Breaker> {
  const breaker = new Breakers().create('other', options);
  for (let count = 0; count < 3; count++) await expect(breaker.execute(away)).rejects.toThrow(Away);
  return breaker;
}

describe('TAXI-4 a breaker', () => {
  test('opens after so many failures in a row, and refuses at once with a time to try again', async () => {
    const breaker = await opened();
    expect(breaker.state).toBe('open');
    const refused = await breaker.execute(fine).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Fault);
    expect(refused).toMatchObject({ reason: 'CIRCUIT_OPEN' });
    expect((refused as Fault).retryAfterMs).toBeGreaterThan(0);
    expect((refused as Fault).retryAfterMs).toBeLessThanOrEqual(50);
  });

  test('is not opened by answers that say no, which also end a row of failures', async () => {
    const breaker = new Breakers().create('other', options);
    for (let count = 0; count < 10; count++) {
      await expect(breaker.execute(count % 3 === 2 ? declined : away)).rejects.toThrow();
      expect(breaker.state).toBe('closed');
    }
  });

  test('is not closed for good by callers that go away, nor kept closed', async () => {
    const breaker = new Breakers().create('other', options);
    const gone = () => Promise.reject(new Fault('CANCELLED'));
    for (const work of [away, gone, away, gone, away]) await expect(breaker.execute(work)).rejects.toThrow();
    expect(breaker.state).toBe('open');
  });

  test('forgets the failures before it opened once the one attempt is answered with no', async () => {
    const breaker = await opened();
    await expect.poll(() => breaker.execute(declined).catch(({ reason }) => reason)).toBe('PAYMENT_DECLINED');
    await expect(breaker.execute(away)).rejects.toThrow(Away);
    expect(breaker.state).toBe('closed');
  });

  test('opens over orders that fail although questions are answered in between', async () => {
    const breaker = new Breakers().create('other', options);
    for (let count = 0; count < 3; count++) {
      expect(await breaker.execute(fine, { isQuestion: true })).toBe('fine');
      await expect(breaker.execute(away)).rejects.toThrow(Away);
    }
    expect(breaker.state).toBe('open');
    // A question may be the one attempt, but an order has to come of it before failures are forgotten.
    await expect
      .poll(() => breaker.execute(fine, { isQuestion: true }).catch(({ reason }) => reason), { interval: 10 })
      .toBe('fine');
    expect(breaker.state).toBe('closed');
    await expect(breaker.execute(away)).rejects.toThrow(Away);
    expect(breaker.state).toBe('open');
  });

  test('lets one attempt through, refuses everybody else meanwhile, and closes by its success', async () => {
    const breaker = await opened();
    const attempt = Promise.withResolvers<string>();
    const probe = await until('the attempt to be let through', 5_000, async () => {
      let begun = false;
      const result = breaker.execute(() => {
        begun = true;
        return attempt.promise;
      });
      result.catch(() => {});
      await Promise.resolve();
      return begun ? { result } : undefined;
    });
    expect(breaker.state).toBe('half-open');
    await expect(breaker.execute(fine)).rejects.toMatchObject({ reason: 'CIRCUIT_OPEN', retryAfterMs: 50 });
    attempt.resolve('back');
    expect(await probe.result).toBe('back');
    expect(breaker.state).toBe('closed');
    expect(await breaker.execute(fine)).toBe('fine');
  });

  test('has its name to itself', () => {
    const breakers = new Breakers();
    breakers.create('a', options);
    breakers.create('b', options);
    expect(() => breakers.create('a', options)).toThrow(/already/);
    expect([...breakers].map(({ name, state }) => [name, state])).toEqual([
      ['a', 'closed'],
      ['b', 'closed'],
    ]);
  });
});
