import { packageBuild } from '../../tsup.config.base.ts'

export default packageBuild(['src/main.ts', 'src/index.ts'], 'node')
