import {
  type Context,
  context,
  type Span,
  type SpanOptions,
  TraceFlags,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';

/**
 * Spans that have ids and record nothing: logs and events carry on a trace also where no spans are exported, for a fraction of what a
 * recorded one costs. Whether a trace is sampled is left as the caller has decided it.
 */
class UnrecordedTracer implements Tracer {
  startSpan(_name: string, options?: SpanOptions, parentContext: Context = context.active()): Span {
    const parent = options?.root ? undefined : trace.getSpanContext(parentContext);
    return trace.wrapSpanContext({
      traceId: parent?.traceId ?? randomHex(4),
      spanId: randomHex(2),
      traceFlags: parent?.traceFlags ?? TraceFlags.SAMPLED,
      ...(parent?.traceState && { traceState: parent.traceState }),
    });
  }

  startActiveSpan<F extends (span: Span) => unknown>(name: string, ...rest: unknown[]): ReturnType<F> {
    const work = rest.at(-1) as F;
    const [options, parent] = rest.slice(0, -1) as [SpanOptions?, Context?];
    const parentContext = parent ?? context.active();
    const span = this.startSpan(name, options, parentContext);
    return context.with(trace.setSpan(parentContext, span), () => work(span)) as ReturnType<F>;
  }
}

const tracer = new UnrecordedTracer();
export const unrecorded: TracerProvider = { getTracer: () => tracer };

/** So many times 32 random bits. Ids tell traces apart and keep no secret. */
function randomHex(words: number): string {
  let text = '';
  for (let word = 0; word < words; word++) {
    text += Math.floor(Math.random() * 4_294_967_296)
      .toString(16)
      .padStart(8, '0');
  }
  return text;
}
