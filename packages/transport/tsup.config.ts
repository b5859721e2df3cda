import { packageBuild } from '../../tsup.config.base.ts'

export default packageBuild(
  ['src/index.ts', 'src/node/index.ts', 'src/web/index.ts', 'src/testing/index.ts'],
  'neutral',
)
