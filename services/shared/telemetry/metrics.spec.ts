import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lateCounter } from './counters.ts';
import { DurationsBy, durationHistogram } from './durations.ts';
import { observeTogether } from './gauges.ts';
import { type RunningMetrics, startMetrics } from './metrics.ts';

let running: RunningMetrics;
let url: string;
beforeAll(async () => {
  running = await startMetrics('sender', { endpoint: undefined, port: 0, host: '127.0.0.1' });
  url = `http://127.0.0.1:${running.port}/metrics`;
});
afterAll(() => running[Symbol.asyncDispose]());

const scrape = async () => (await fetch(url)).text();

describe('MESH-5 GET /metrics', () => {
  test('is all that the port answers', async () => {
    const answer = await fetch(url);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(await answer.text()).toContain('service_name="jangbu-sender"');
    expect((await fetch(url.replace('/metrics', '/'))).status).toBe(404);
    expect((await fetch(url, { method: 'POST' })).status).toBe(405);
  });

  test('a duration has the bounds of the conventions, one series each outcome', async () => {
    const histogram = durationHistogram('a.call.duration', 'Duration of a call');
    const durations = new DurationsBy<string>(histogram, (outcome) => ({ 'call.outcome': outcome }));
    durations.record(performance.now() - 30, 'OK');
    durations.record(performance.now(), 'OK');
    durations.record(performance.now(), 'NOT_FOUND');
    const text = await scrape();
    expect(text).toContain('# UNIT a_call_duration_seconds s');
    expect(text).toContain('a_call_duration_seconds_count{call_outcome="OK"} 2');
    expect(text).toContain('a_call_duration_seconds_bucket{call_outcome="OK",le="0.025"} 1');
    expect(text).toContain('a_call_duration_seconds_bucket{call_outcome="NOT_FOUND",le="10"} 1');
  });

  test('a counter may be named before metrics are set up', async () => {
    lateCounter('an.event.bytes', { description: 'Bytes of an event', unit: 'By' }).add(3, { 'event.kind': 'x' });
    expect(await scrape()).toContain('an_event_bytes_total{event_kind="x"} 3');
  });
});

describe('MESH-5 gauges that are read from a source', () => {
  test('are left out while the source is away, and nothing else is', async () => {
    let away = false;
    observeTogether({ 'a.depth': {}, 'an.age': {} }, async () => {
      if (away) throw new Error('the database is away');
      return { 'a.depth': [{ value: 7 }], 'an.age': [{ value: 1.5, attributes: { of: 'x' } }] };
    });
    const whole = await scrape();
    expect(whole).toMatch(/^a_depth 7$/m);
    expect(whole).toContain('an_age{of="x"} 1.5');
    away = true;
    const rest = await scrape();
    expect(rest).not.toMatch(/^(a_depth|an_age)[ {]/m);
    expect(rest).toContain('target_info');
    away = false;
    expect(await scrape()).toMatch(/^a_depth 7$/m);
  });

  test('a source that hangs is waited for two seconds, and asked once only', async () => {
    let questions = 0;
    const answer = Promise.withResolvers<{ 'a.slow': { value: number }[] }>();
    observeTogether({ 'a.slow': {} }, () => {
      questions += 1;
      return answer.promise;
    });
    const began = performance.now();
    const texts = await Promise.all([scrape(), scrape(), scrape()]);
    expect(performance.now() - began).toBeLessThan(5_000);
    for (const text of texts) {
      expect(text).not.toMatch(/^a_slow /m);
      expect(text).toMatch(/^a_depth 7$/m);
    }
    expect(questions).toBe(1);
    answer.resolve({ 'a.slow': [{ value: 1 }] });
    await expect.poll(scrape).toMatch(/^a_slow 1$/m);
  });
});
