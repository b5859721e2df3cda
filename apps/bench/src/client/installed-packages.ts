/** What is installed with a package: its dependencies and theirs, as they are in node_modules. */
import { readFileSync, realpathSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { pathToFileURL } from 'node:url'

/** The other people's packages that come with one, as `name@version`. */
export function thirdParties(packageName: string): ReadonlySet<string> {
  const found = new Map<string, string>()
  collect(packageName, import.meta.url, found)
  const own = packageName.startsWith('@') ? packageName.replace(/[^/]*$/, '') : `${packageName}@`
  return new Set([...found.values()].filter((name) => !name.startsWith(own)))
}

function collect(name: string, from: string, found: Map<string, string>): void {
  const manifestPath = findPackageJSON(name, from)
  if (manifestPath === undefined) return
  const path = realpathSync(manifestPath)
  if (found.has(path)) return
  const manifest: Manifest = JSON.parse(readFileSync(path, 'utf8'))
  found.set(path, `${name}@${manifest.version}`)
  const { dependencies = {}, optionalDependencies = {} } = manifest
  for (const other of Object.keys({ ...dependencies, ...optionalDependencies })) {
    collect(other, pathToFileURL(path).href, found)
  }
}

interface Manifest {
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}
