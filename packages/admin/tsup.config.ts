import { packageBuild } from '../../tsup.config.base.ts'

export default packageBuild(['src/index.ts', 'src/commands/index.ts'], 'node')
