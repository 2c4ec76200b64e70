import {
  AggregationTemporality,
  InstrumentType,
  MetricReader,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import type { Logger } from './log.ts';
import { sayingWhenRefused, signalUrl } from './otlp.ts';

const exportEveryMs = 10_000;

/**
 * Counters and histograms count from the start on, as Prometheus wants it. A gauge shows what was read just now and nothing else: cumulative, the
 * library would show for ever what was true once, of a source that is away or of something that is over.
 */
function temporalityOf(type: InstrumentType): AggregationTemporality {
  return type === InstrumentType.OBSERVABLE_GAUGE ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE;
}

/** Sends what it reads by OTLP, every ten seconds. */
export async function pushingReader(endpoint: string, log: Logger): Promise<MetricReader> {
  const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-proto');
  const exporter = new OTLPMetricExporter({ url: signalUrl(endpoint, 'metrics') });
  exporter.selectAggregationTemporality = temporalityOf;
  const saying = sayingWhenRefused(exporter, 'metrics', log);
  return oneAtATime(new PeriodicExportingMetricReader({ exporter: saying, exportIntervalMillis: exportEveryMs }));
}

/** Reads when it is asked. */
export function waitingReader(): MetricReader {
  return oneAtATime(new WaitingReader({ aggregationTemporalitySelector: temporalityOf }));
}

class WaitingReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/**
 * Whoever asks while a collection is under way gets the same one. Export and scrape share one reader: with two, the library keeps everything that
 * one has read until the other comes, which may be never.
 */
function oneAtATime(reader: MetricReader): MetricReader {
  const collect = reader.collect.bind(reader);
  let underWay: ReturnType<MetricReader['collect']> | undefined;
  reader.collect = (options) => {
    underWay ??= collect(options).finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
  return reader;
}
