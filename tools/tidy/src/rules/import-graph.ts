// The import graph: imports and package.json against the table in import-table.ts, no cycles, no
// relative way out of a package, and nothing imported that the package does not declare.

import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import { importsOf, packageOf, type Import } from '../imports.ts'
import type { Violation } from '../violation.ts'
import { lineOf, type Manifest, type Source } from '../workspace.ts'
import type { Workspace, WorkspacePackage } from '../workspace.ts'
import { CROSSINGS, MAY_IMPORT, WITHOUT_THIRD_PARTIES } from './import-table.ts'

const RULE = 'import-graph'

/** Checks what each package declares and what each of its files imports. */
export function importGraph(workspace: Workspace): readonly Violation[] {
  return [
    ...workspace.packages.flatMap(declarationViolations),
    ...cycleViolations(workspace.packages),
    ...workspace.sources.flatMap((source) => sourceViolations(source, workspace.root)),
  ]
}

function declarationViolations({ dir, name, manifest }: WorkspacePackage): readonly Violation[] {
  const at = (message: string): Violation => ({
    file: `${dir}/package.json`,
    line: 1,
    rule: RULE,
    message,
  })
  const allowed = MAY_IMPORT.get(name)
  if (allowed === undefined) {
    return [at(`${name} is not in the table: say in import-table.ts what it may import.`)]
  }
  const strangers = ours(declared(manifest)).filter((other) => !allowed.includes(other))
  const foreign = WITHOUT_THIRD_PARTIES.includes(name)
    ? Object.keys(manifest.dependencies ?? {}).filter((other) => !isOurs(other))
    : []
  return [
    ...strangers.map((other) => at(mayNotImport(name, other))),
    ...foreign.map((other) => at(`${name} has no third-party dependencies: do without ${other}.`)),
  ]
}

function sourceViolations(source: Source, root: Manifest): readonly Violation[] {
  const { owner } = source
  if (owner === undefined) return []
  return importsOf(source).flatMap((found) => {
    const message = importMessage(source, owner, found, root)
    return message === undefined
      ? []
      : [{ file: source.file, line: lineOf(source, found.node), rule: RULE, message }]
  })
}

function importMessage(
  source: Source,
  owner: WorkspacePackage,
  { specifier }: Import,
  root: Manifest,
): string | undefined {
  if (specifier.startsWith('.')) return relativeMessage(source, owner, specifier)
  const other = packageOf(specifier)
  if (other === undefined || other === owner.name || isBuiltin(specifier)) return undefined
  if (isOurs(other) && !(MAY_IMPORT.get(owner.name) ?? []).includes(other)) {
    return mayNotImport(owner.name, other)
  }
  if (!isDeclared(other, source, owner.manifest, root)) {
    return `Declare ${other} in ${owner.dir}/package.json, or do not import it.`
  }
  const pure = source.area === 'src' && WITHOUT_THIRD_PARTIES.includes(owner.name)
  return pure && !isOurs(other) && !source.file.startsWith(`${owner.dir}/src/testing/`)
    ? `${owner.name} has no third-party code outside src/testing: do without ${other}.`
    : undefined
}

function relativeMessage(
  { file, area }: Source,
  { dir }: WorkspacePackage,
  specifier: string,
): string | undefined {
  const target = posix.join(posix.dirname(file), specifier)
  if (target.startsWith(`${dir}/`) || area === 'other') return undefined
  return CROSSINGS.some(({ from, to }) => file.startsWith(from) && target.startsWith(to))
    ? undefined
    : `${specifier} leaves ${dir}: import another package by its name.`
}

function isDeclared(other: string, source: Source, manifest: Manifest, root: Manifest): boolean {
  const { dependencies, devDependencies, peerDependencies } = manifest
  const runtime = { ...dependencies, ...peerDependencies }
  // The tools of every package (vitest, tsup, fast-check) are declared once, at the root.
  return (
    other in
    (source.area === 'src' && manifest.private !== true
      ? runtime
      : { ...runtime, ...devDependencies, ...root.devDependencies })
  )
}

function cycleViolations(packages: readonly WorkspacePackage[]): readonly Violation[] {
  const edges = new Map(packages.map(({ name, manifest }) => [name, ours(declared(manifest))]))
  return packages.flatMap(({ dir, name }) => {
    const cycle = pathTo(name, name, edges, new Set())
    if (cycle === undefined) return []
    const message = `Break the cycle ${[name, ...cycle].join(' -> ')}, dev-dependencies included.`
    return [{ file: `${dir}/package.json`, line: 1, rule: RULE, message }]
  })
}

function pathTo(
  goal: string,
  from: string,
  edges: ReadonlyMap<string, readonly string[]>,
  seen: Set<string>,
): readonly string[] | undefined {
  for (const next of edges.get(from) ?? []) {
    if (next === goal) return [next]
    if (seen.has(next)) continue
    seen.add(next)
    const rest = pathTo(goal, next, edges, seen)
    if (rest !== undefined) return [next, ...rest]
  }
  return undefined
}

function declared(manifest: Manifest): readonly string[] {
  const { dependencies, devDependencies, peerDependencies } = manifest
  return Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies })
}

const isOurs = (name: string): boolean => name.startsWith('@godwit/')

const ours = (names: readonly string[]): readonly string[] => names.filter(isOurs)

const mayNotImport = (name: string, other: string): string =>
  `${name} may not use ${other}: move the code to where it belongs, or change import-table.ts.`
