import type { TestProject } from 'vitest/node';
import type { MeshLocation } from '../../deploy/local/handle.ts';
import { startMesh } from './mesh.ts';
import { OtlpReceiver } from './otlp.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    mesh: MeshLocation;
    /** The receiver of the mesh's traces. */
    otlpUrl: string;
  }
}

/** One mesh for all journeys; vitest runs this only if there is a journey to run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stack = new AsyncDisposableStack();
  const receiver = stack.use(new OtlpReceiver());
  try {
    const otlpUrl = await receiver.listen();
    const mesh = stack.use(
      await startMesh({
        env: {
          all: { LOG_LEVEL: process.env.LOG_LEVEL ?? 'info', OTEL_EXPORTER_OTLP_ENDPOINT: otlpUrl },
          // Long enough for a service to be killed and come back, short enough for a test to wait for.
          ordering: { LINE_SAGA_TIME_LIMIT_MS: '12000', RIDE_OFFER_LIMIT_MS: '5000' },
          settlement: { JOURNAL_LAG_MS: '5000', JOURNAL_COMPARE_EVERY_MS: '500' },
        },
      }),
    );
    const { ports, dataDir, databaseServer, natsUrl } = mesh;
    project.provide('mesh', { ports, dataDir, databaseServer, natsUrl });
    project.provide('otlpUrl', otlpUrl);
    return () => stack.disposeAsync();
  } catch (cause) {
    await stack.disposeAsync();
    throw cause;
  }
}
