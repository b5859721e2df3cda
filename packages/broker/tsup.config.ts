import { packageBuild } from '../../tsup.config.base.ts'

export default packageBuild(['src/index.ts', 'src/stored/index.ts'], 'neutral')
