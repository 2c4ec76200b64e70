import { inject } from 'vitest';
import { connectMesh, type MeshHandle } from '../../deploy/local/handle.ts';

/** The mesh that all journeys share. A journey that stops something starts it again. */
export function sharedMesh(): MeshHandle {
  return connectMesh(inject('mesh'));
}
