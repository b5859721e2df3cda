// The repository as the rules see it: committed text files by path, the workspace packages among
// them, and every TypeScript or JavaScript file parsed. Built from a plain map, so that a test can
// make a repository of three lines.

import ts from 'typescript'

/** Where an export leads: a file, or one for each condition. */
export type ExportTarget = string | { readonly [condition: string]: ExportTarget }

/** A package.json, as far as the rules read it. */
export interface Manifest {
  readonly name?: string
  readonly version?: string
  readonly private?: boolean
  readonly description?: string
  readonly license?: string
  readonly repository?: { readonly url?: string; readonly directory?: string }
  readonly type?: string
  readonly sideEffects?: boolean
  readonly engines?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, ExportTarget>>
  readonly bin?: Readonly<Record<string, string>>
  readonly files?: readonly string[]
  readonly publishConfig?: { readonly access?: string; readonly provenance?: boolean }
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** A package of the workspace: its folder, relative to the root, and its package.json. */
export interface WorkspacePackage {
  readonly dir: string
  readonly name: string
  readonly manifest: Manifest
}

/** A parsed file. `nodes` is the whole tree, flat, in the order of the text. */
export interface Source {
  readonly file: string
  readonly text: string
  readonly ast: ts.SourceFile
  readonly nodes: readonly ts.Node[]
  readonly owner: WorkspacePackage | undefined
  /** Where it lives in its package: `src`, `test`, or anywhere else (configuration, scripts). */
  readonly area: 'src' | 'test' | 'other'
}

/** Everything a rule may look at. Paths are relative to the root and use forward slashes. */
export interface Workspace {
  readonly files: ReadonlyMap<string, string>
  readonly root: Manifest
  readonly packages: readonly WorkspacePackage[]
  readonly sources: readonly Source[]
}

/** Parses a map of path to text. */
export function workspaceOf(files: ReadonlyMap<string, string>): Workspace {
  const packages = packagesOf(files)
  const sources = [...files]
    .filter(([file]) => SOURCE_FILE.test(file))
    .map(([file, text]) => sourceOf(file, text, packages))
  return { files, root: parseManifest(files.get('package.json') ?? '{}'), packages, sources }
}

/** The line of a node, counted from 1. */
export function lineOf(source: Source, node: ts.Node): number {
  return source.ast.getLineAndCharacterOfPosition(node.getStart(source.ast)).line + 1
}

const SOURCE_FILE = /\.[cm]?[jt]s$/
const PACKAGE_FILE = /^((?:packages|apps|tools)\/[^/]+)\/package\.json$/

function packagesOf(files: ReadonlyMap<string, string>): readonly WorkspacePackage[] {
  return [...files].flatMap(([file, text]) => {
    const dir = PACKAGE_FILE.exec(file)?.[1]
    if (dir === undefined) return []
    const manifest = parseManifest(text)
    return [{ dir, name: manifest.name ?? dir, manifest }]
  })
}

function parseManifest(text: string): Manifest {
  const manifest: Manifest = JSON.parse(text)
  return manifest
}

function sourceOf(file: string, text: string, packages: readonly WorkspacePackage[]): Source {
  const ast = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true)
  const owner = packages.find(({ dir }) => file.startsWith(`${dir}/`))
  return { file, text, ast, nodes: flatten(ast), owner, area: areaOf(file, owner) }
}

function areaOf(file: string, owner: WorkspacePackage | undefined): Source['area'] {
  if (/(?:^|\/)test\/|\.test\.ts$/.test(file)) return 'test'
  return owner !== undefined && file.startsWith(`${owner.dir}/src/`) ? 'src' : 'other'
}

function flatten(root: ts.Node): readonly ts.Node[] {
  const found: ts.Node[] = []
  const visit = (node: ts.Node): void => {
    found.push(node)
    ts.forEachChild(node, visit)
  }
  visit(root)
  return found
}
