import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('../..', import.meta.url));
// Hundreds of processes are started and killed here; each would strip and compile the same modules again.
process.env.NODE_COMPILE_CACHE ??= `${root}node_modules/.cache/compile`;
const limits = { testTimeout: 120_000, hookTimeout: 180_000, teardownTimeout: 60_000 };

export default defineConfig({
  root,
  test: {
    pool: 'forks',
    fileParallelism: false,
    projects: [
      {
        root,
        test: {
          ...limits,
          name: 'kills',
          include: ['test/chaos/**/*.spec.ts'],
          exclude: ['test/chaos/rollout.spec.ts'],
          globalSetup: 'test/harness/mesh.setup.ts',
          maxWorkers: 1,
        },
      },
      {
        root,
        test: {
          ...limits,
          name: 'sweeps',
          include: ['services/**/kills.int.spec.ts'],
          env: { ALL_KILL_POINTS: 'yes' },
          globalSetup: 'test/harness/servers.setup.ts',
          sequence: { groupOrder: 2 },
        },
      },
      {
        root,
        test: {
          ...limits,
          // It starts a mesh of its own, of two replicas each.
          name: 'rollout',
          include: ['test/chaos/rollout.spec.ts'],
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
