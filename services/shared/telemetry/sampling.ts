import type { Environment } from '../config/environment.ts';

const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_traceidratio',
] as const;

/** Which traces are recorded. By default all of them, unless the caller has decided otherwise. */
export interface Sampling {
  sampler: (typeof samplers)[number];
  /** Of the traces that begin here, for the samplers that go by it. */
  ratio: number;
}

/** By the names that OpenTelemetry gives these settings. */
export const samplingVariables = ['OTEL_TRACES_SAMPLER', 'OTEL_TRACES_SAMPLER_ARG'] as const;

export function readSampling(environment: Environment): Sampling {
  const [name, argument] = samplingVariables;
  return {
    sampler: environment.oneOf(name, samplers, 'parentbased_always_on'),
    ratio: environment.fraction(argument, 1),
  };
}

/** The library's sampler; an argument, so that whoever exports nothing does not load the library. */
export function samplerOf({ sampler, ratio }: Sampling, library: typeof import('@opentelemetry/sdk-trace-node')) {
  const { AlwaysOffSampler, AlwaysOnSampler, ParentBasedSampler, TraceIdRatioBasedSampler } = library;
  switch (sampler) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio);
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) });
    default:
      return sampler satisfies never;
  }
}
