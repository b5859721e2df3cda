/** Our broker as the tests start it. */
import { fileURLToPath } from 'node:url'
import { godwitFlags, godwitTemplate } from '../src/server/broker-command.ts'
import type { Durability, Template } from '../src/server/broker-command.ts'

/** From its sources where Node runs them, which takes Node 24, else as it was built. */
export function sourcesOrBuilt(durability: Durability): Template {
  const [major] = process.versions.node.split('.')
  if (Number(major) < 24) return godwitTemplate(durability)
  const main = fileURLToPath(
    new URL('src/main.ts', import.meta.resolve('@godwit/broker-cli/package.json')),
  )
  return [process.execPath, '--conditions=@godwit/source', main, ...godwitFlags(durability)]
}
