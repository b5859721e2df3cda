import { defineConfig } from 'vitest/config'

const SOURCE = ['@godwit/source']

const project = (name: string, root: string) => ({
  extends: true as const,
  test: { name, root, include: ['test/**/*.test.ts'] },
})

export default defineConfig({
  // Tests run on the sources, so that a failing line is the line that was written.
  resolve: { conditions: SOURCE },
  ssr: { resolve: { conditions: SOURCE, externalConditions: SOURCE } },
  test: {
    projects: [
      project('@godwit/codec', 'packages/codec'),
      project('@godwit/topic', 'packages/topic'),
      project('@godwit/session', 'packages/session'),
      project('@godwit/transport', 'packages/transport'),
      project('@godwit/transport-ws', 'packages/transport-ws'),
      project('@godwit/store', 'packages/store'),
      project('@godwit/store-lmdb', 'packages/store-lmdb'),
      project('@godwit/broker', 'packages/broker'),
      project('@godwit/auth', 'packages/auth'),
      project('@godwit/metrics', 'packages/metrics'),
      project('@godwit/admin', 'packages/admin'),
      project('@godwit/client', 'packages/client'),
      project('@godwit/testing', 'packages/testing'),
      project('@godwit/broker-cli', 'apps/broker'),
      project('@godwit/cli', 'apps/cli'),
      project('@godwit/examples', 'examples'),
      project('@godwit/bench', 'apps/bench'),
      project('@godwit/crash', 'tools/crash'),
      project('@godwit/tidy', 'tools/tidy'),
    ],
    coverage: {
      provider: 'v8',
      // Resolved in the root of each project if some are chosen, else in the workspace.
      include: ['src/**/*.ts', 'packages/*/src/**/*.ts'],
      reporter: ['text-summary'],
      thresholds: {
        'packages/codec/src/**/*.ts': { lines: 100, branches: 100, functions: 100 },
        'packages/topic/src/**/*.ts': { lines: 100, branches: 100, functions: 100 },
        'packages/session/src/**/*.ts': { lines: 100, branches: 100, functions: 100 },
      },
    },
  },
})
