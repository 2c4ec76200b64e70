import { createHash } from 'node:crypto';
import { ROOT_CONTEXT, SpanKind, TraceFlags, trace } from '@opentelemetry/api';
import * as library from '@opentelemetry/sdk-trace-node';
import { describe, expect, test } from 'vitest';
import { readEnvironment } from '../config/environment.ts';
import { readSampling, samplerOf } from './sampling.ts';

const read = (variables: NodeJS.ProcessEnv) => readEnvironment(variables, readSampling);

/** Whether a trace is recorded that the caller has decided so about, or that begins here. */
function recorded(
  variables: NodeJS.ProcessEnv,
  caller?: 'sampled' | 'not sampled',
  traceId = 'ff'.repeat(16),
): boolean {
  const traceFlags = caller === 'sampled' ? TraceFlags.SAMPLED : TraceFlags.NONE;
  const parent = { traceId, spanId: '12'.repeat(8), traceFlags, isRemote: true };
  const context = caller ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
  const sampler = samplerOf(read(variables), library);
  const { decision } = sampler.shouldSample(context, traceId, 'a call', SpanKind.SERVER, {}, []);
  return decision === library.SamplingDecision.RECORD_AND_SAMPLED;
}

describe('MESH-5 sampling by configuration', () => {
  test('without a setting everything is recorded, unless the caller has decided otherwise', () => {
    expect(recorded({})).toBe(true);
    expect(recorded({}, 'sampled')).toBe(true);
    expect(recorded({}, 'not sampled')).toBe(false);
  });

  test('always_on and always_off ask nobody', () => {
    expect(recorded({ OTEL_TRACES_SAMPLER: 'always_on' }, 'not sampled')).toBe(true);
    expect(recorded({ OTEL_TRACES_SAMPLER: 'always_off' }, 'sampled')).toBe(false);
  });

  test('a share of the traces, which each process picks alike by the trace id', () => {
    const quarter = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' };
    const ids = Array.from({ length: 1_000 }, (_, number) => createHash('md5').update(String(number)).digest('hex'));
    const picked = ids.filter((id) => recorded(quarter, undefined, id));
    expect(picked.length / ids.length).toBeGreaterThan(0.15);
    expect(picked.length / ids.length).toBeLessThan(0.35);
    expect(recorded({ ...quarter, OTEL_TRACES_SAMPLER_ARG: '0' }, 'sampled')).toBe(true);
    expect(recorded({ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' }, 'sampled')).toBe(false);
  });

  test('faults are reported', () => {
    expect(() => read({ OTEL_TRACES_SAMPLER: 'jaeger_remote', OTEL_TRACES_SAMPLER_ARG: '25%' })).toThrow(
      /2 fault\(s\)[\s\S]*OTEL_TRACES_SAMPLER is not one of[\s\S]*OTEL_TRACES_SAMPLER_ARG is not a number from 0 to 1/,
    );
  });
});
