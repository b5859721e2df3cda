/** What figures depend on besides the code: the machine, the runtime, the versions of the peers. */
import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { arch, availableParallelism, cpus, loadavg, platform, release } from 'node:os'

/** Where and when a benchmark ran, and against what. */
export interface Environment {
  /** ISO 8601, UTC. */
  readonly date: string
  readonly node: string
  readonly system: string
  readonly cpu: string
  readonly cores: number
  /** Of the last minute; figures from a busy machine are good for ratios only. */
  readonly loadAverage: number
  readonly versions: Readonly<Record<string, string>>
}

/** Describes this machine, with the versions of what is measured. */
export function environmentWith(versions: Readonly<Record<string, string>>): Environment {
  return {
    date: new Date().toISOString(),
    node: process.versions.node,
    system: `${platform()} ${release()} ${arch()}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    loadAverage: loadavg()[0] ?? 0,
    versions,
  }
}

/** The versions of installed packages, by name. */
export function versionsOf(...packages: readonly string[]): Record<string, string> {
  return Object.fromEntries(packages.map((name) => [name, versionOf(name)]))
}

function versionOf(name: string): string {
  const file = findPackageJSON(name, import.meta.url)
  if (file === undefined) return 'unknown'
  const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'))
  if (typeof manifest !== 'object' || manifest === null || !('version' in manifest)) {
    return 'unknown'
  }
  return String(manifest.version)
}
