import { packageBuild } from '../../tsup.config.base.ts'

export default packageBuild(
  [
    'src/index.ts',
    'src/node/index.ts',
    'src/scram.ts',
    'src/node/outbox-file.ts',
    'src/outbox-indexeddb.ts',
  ],
  'neutral',
)
