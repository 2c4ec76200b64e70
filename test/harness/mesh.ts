import { rm } from 'node:fs/promises';
import { type Mesh, type MeshOptions, startMesh as startLocalMesh } from '../../deploy/local/mesh.ts';
import { temporaryFolder } from './server.ts';

export type { Mesh };

/** The whole mesh in a folder of its own, on free ports; its folder goes with it. */
export async function startMesh(options: Partial<MeshOptions> = {}): Promise<Mesh> {
  const dataDir = options.dataDir ?? (await temporaryFolder('mesh'));
  const mesh = await startLocalMesh({ gatewayPort: 0, durable: false, ...options, dataDir });
  const keep = options.dataDir !== undefined || process.env.KEEP_TEST_DATA !== undefined;
  return {
    ...mesh,
    [Symbol.asyncDispose]: async () => {
      await mesh[Symbol.asyncDispose]();
      if (!keep) await rm(dataDir, { recursive: true, force: true });
    },
  };
}
