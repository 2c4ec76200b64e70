import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));
// Hundreds of processes are started and killed here; each would strip and compile the same modules again.
process.env.NODE_COMPILE_CACHE ??= `${root}node_modules/.cache/compile`;
const excluded = ['**/node_modules/**', '.jangbu/**', 'test/chaos/**'];
const limits = {
  testTimeout: 60_000,
  hookTimeout: 120_000,
  teardownTimeout: 60_000,
  // Conditions are waited for, however busy the machine is.
  expect: { poll: { timeout: 10_000 } },
};

export default defineConfig({
  root,
  test: {
    pool: 'forks',
    // One more than cores: most tests wait for servers and processes now and then.
    maxWorkers: 3,
    projects: [
      {
        root,
        test: {
          ...limits,
          name: 'services',
          include: ['**/*.spec.ts'],
          exclude: [...excluded, 'test/journeys/**'],
          globalSetup: 'test/harness/servers.setup.ts',
        },
      },
      {
        root,
        test: {
          ...limits,
          name: 'journeys',
          include: ['test/journeys/**/*.spec.ts'],
          globalSetup: 'test/harness/mesh.setup.ts',
          // Journeys kill services, which others would notice: one file after the other.
          maxWorkers: 1,
          // After the services' own tests: a whole mesh beside them would make both slow on two cores.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
