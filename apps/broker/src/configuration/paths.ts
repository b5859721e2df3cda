/** Paths in a configuration: makes them absolute, and lists the files that it names. */
import { resolve } from 'node:path'
import type {
  AuthenticationConfiguration,
  AuthorizationConfiguration,
  Configuration,
} from './configuration.ts'
import { layerOf } from './layer.ts'
import type { Layer } from './layer.ts'
import { STRUCTURE } from './schema.ts'
import { isMapping } from './structure.ts'
import type { Structure } from './structure.ts'
import type { Path } from './wording.ts'

/** A merged tree whose paths start from the root, each from where its layer is. */
export function withAbsolutePaths(tree: unknown, layers: readonly Layer[]): unknown {
  return absolute(STRUCTURE, tree, [], layers)
}

function absolute(
  structure: Structure,
  value: unknown,
  path: Path,
  layers: readonly Layer[],
): unknown {
  if (structure.type === 'leaf') {
    if (!structure.facts.isPath || typeof value !== 'string' || value === '') return value
    return resolve(layerOf(layers, path)?.base ?? '', value)
  }
  if (structure.type === 'list') {
    if (!Array.isArray(value)) return value
    // Also what was left out in the midst of a list.
    return Array.from(value, (item: unknown, index) =>
      absolute(structure.item, item, [...path, index], layers),
    )
  }
  if (!isMapping(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inside]) => {
      const key = structure.keys.get(name)
      if (key === undefined) return [name, inside]
      return [name, absolute(key.structure, inside, [...path, name], layers)]
    }),
  )
}

/** The files that a configuration names, each once. */
export function namedFiles({
  listeners,
  authentication,
  authorization,
  admin,
}: Configuration): readonly string[] {
  const files = listeners.flatMap(({ tls, ...listener }) => [
    tls?.certificate,
    tls?.key,
    tls?.passphraseFile,
    tls?.clientCa,
    tls?.revocations,
    ...(tls?.serverNames ?? []).flatMap((one) => [one.certificate, one.key, one.passphraseFile]),
    ...accessFiles(listener.authentication, listener.authorization),
  ])
  const all = [...files, ...accessFiles(authentication, authorization), admin?.tokenFile]
  return [...new Set(all.filter((file) => file !== undefined))]
}

function accessFiles(
  { passwordFile, scramFile, jwt }: AuthenticationConfiguration,
  { aclFile }: AuthorizationConfiguration,
): readonly (string | undefined)[] {
  const { secretFile, publicKeyFile, jwksFile } = jwt ?? {}
  return [passwordFile, scramFile, secretFile, publicKeyFile, jwksFile, aclFile]
}
