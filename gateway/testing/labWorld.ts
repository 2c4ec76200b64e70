import { readConfig } from '../config.ts';
import { type RunningGateway, startGateway } from '../gateway.ts';
import { labImage } from './labImage.ts';
import { type LabServer, startLab } from './labServer.ts';

export interface LabWorld extends AsyncDisposable {
  lab: LabServer;
  gateway: RunningGateway;
  url: string;
  /** Path of the descriptor image. */
  image: string;
}

/** A gateway in front of the lab's server, both real and on free ports. */
export async function startLabWorld(settings: Record<string, string> = {}): Promise<LabWorld> {
  const image = labImage();
  const lab = await startLab(image.path);
  const gateway = await startGateway(
    readConfig({ PORT: '0', LOG_LEVEL: 'silent', DRAIN_MS: '500', ...settings }, [
      '--descriptors',
      image.path,
      '--upstream',
      `127.0.0.1:${lab.port}`,
    ]),
  );
  return {
    lab,
    gateway,
    image: image.path,
    url: `http://127.0.0.1:${gateway.port}`,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await lab[Symbol.asyncDispose]();
      image[Symbol.dispose]();
    },
  };
}
