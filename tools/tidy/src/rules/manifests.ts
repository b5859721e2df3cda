// Manifests: what a package that goes to users must say in its package.json, and have beside it.

import type { Violation } from '../violation.ts'
import type { ExportTarget, Manifest, Workspace, WorkspacePackage } from '../workspace.ts'

const RULE = 'manifests'

/** Checks the packages that are published, which are those not private. */
export function manifests(workspace: Workspace): readonly Violation[] {
  return workspace.packages
    .filter(({ manifest }) => manifest.private !== true)
    .flatMap((member) =>
      [...fieldMessages(member), ...fileMessages(member, workspace)].map((message) => ({
        file: `${member.dir}/package.json`,
        line: 1,
        rule: RULE,
        message,
      })),
    )
}

function fieldMessages({ dir, manifest }: WorkspacePackage): readonly string[] {
  const { repository, publishConfig } = manifest
  const wanted: readonly (readonly [boolean, string])[] = [
    [manifest.name?.startsWith('@godwit/') === true, 'name must start with @godwit/'],
    [isText(manifest.version), 'version is missing'],
    [isText(manifest.description), 'description is missing: one sentence'],
    [manifest.license === 'MIT', 'license must be MIT'],
    [isText(repository?.url), 'repository.url is missing'],
    [repository?.directory === dir, `repository.directory must be ${dir}`],
    [manifest.type === 'module', 'type must be module'],
    [manifest.sideEffects === false, 'sideEffects must be false'],
    [manifest.engines?.['node'] === '>=22.12', 'engines.node must be >=22.12'],
    [manifest.exports !== undefined || manifest.bin !== undefined, 'exports or bin is missing'],
    [manifest.files?.includes('dist') === true, 'files must list dist'],
    [publishConfig?.access === 'public', 'publishConfig.access must be public'],
    [publishConfig?.provenance === true, 'publishConfig.provenance must be true'],
  ]
  return [
    ...wanted.flatMap(([holds, message]) => (holds ? [] : [`Mend it: ${message}.`])),
    ...exportMessages(manifest),
    ...dependencyMessages(manifest),
  ]
}

const CONDITIONS = ['@godwit/source', 'types', 'default']

function exportMessages({ exports }: Manifest): readonly string[] {
  return Object.entries(exports ?? {})
    .filter(([path]) => path !== './package.json')
    .filter(([, target]) => !isComplete(target))
    .map(([path]) => `Give exports["${path}"] the conditions ${CONDITIONS.join(', ')}, in order.`)
}

/** A package with a build for Node and one for all other hosts says so first. */
function isComplete(target: ExportTarget): boolean {
  if (typeof target === 'string') return false
  const { node, default: others, ...rest } = target
  const isSplit = node !== undefined && others !== undefined && Object.keys(rest).length === 0
  if (isSplit) return [node, others].every((part) => typeof part !== 'string' && isComplete(part))
  return Object.keys(target).join() === CONDITIONS.join()
}

function dependencyMessages({ dependencies, peerDependencies }: Manifest): readonly string[] {
  return Object.entries({ ...dependencies, ...peerDependencies })
    .filter(([name, range]) => name.startsWith('@godwit/') && range !== 'workspace:^')
    .map(([name]) => `Depend on ${name} as workspace:^.`)
}

function fileMessages({ dir }: WorkspacePackage, { files }: Workspace): readonly string[] {
  return ['README.md', 'CHANGELOG.md']
    .filter((name) => !files.has(`${dir}/${name}`))
    .map((name) => `Write ${dir}/${name}.`)
}

const isText = (value: string | undefined): boolean => value !== undefined && value !== ''
