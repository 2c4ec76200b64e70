import type { DescMethod } from '@bufbuild/protobuf';
import grpc from '@grpc/grpc-js';
import { type Histogram, type Span, SpanKind } from '@opentelemetry/api';
import { Fault } from '../errors/fault.ts';
import { DurationsBy } from '../telemetry/durations.ts';
import { failSpan } from '../telemetry/spanFailure.ts';
import { tracer } from '../telemetry/tracing.ts';
import { callAttributes, statusName } from './callAttributes.ts';

/** A method of another service, and what is measured and written about each call of it. */
export interface Called {
  spanName: string;
  attributes: ReturnType<typeof callAttributes> & { 'peer.service': string };
  durations: DurationsBy<grpc.status>;
}

export function calledBy(name: string, method: DescMethod, durations: Histogram): Called {
  const attributes = { ...callAttributes(method), 'peer.service': name };
  return {
    spanName: `${method.parent.typeName}/${method.name}`,
    attributes,
    durations: new DurationsBy(durations, (code) => ({ ...attributes, 'rpc.response.status_code': statusName(code) })),
  };
}

/** One span and one duration a call, repeats included: that is what whoever calls has waited for. */
export function spanned<T>(called: Called, run: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const { spanName, attributes } = called;
  return tracer().startActiveSpan(spanName, { kind: SpanKind.CLIENT, attributes }, async (span) => {
    let code = grpc.status.OK;
    try {
      return await run();
    } catch (error) {
      code = codeOf(error);
      failSpan(span, error);
      throw error;
    } finally {
      finish(called, span, startedAt, code);
    }
  });
}

export function finish({ durations }: Called, span: Span, startedAt: number, code: grpc.status): void {
  span.setAttribute('rpc.response.status_code', statusName(code));
  span.end();
  durations.record(startedAt, code);
}

export function codeOf(error: unknown): grpc.status {
  return error instanceof Fault ? error.code : grpc.status.UNKNOWN;
}
