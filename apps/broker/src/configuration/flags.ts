/** The flags as layers: `--dev` below everything else, and all others above it. */
import type { Layer } from './layer.ts'
import { STRUCTURE } from './schema.ts'
import type { Structure } from './structure.ts'
import { assigned, valueOfText } from './text-value.ts'
import { pathText } from './wording.ts'
import type { Path } from './wording.ts'

/** What was said on the command line; what was left out there is left out here. */
export interface ConfigurationFlags {
  /** `--config` */
  readonly config?: string
  /** `--dev` */
  readonly dev?: boolean
  readonly host?: string
  readonly port?: number
  readonly wsPort?: number
  readonly durability?: string
  readonly data?: string
  readonly logLevel?: string
  readonly anonymous?: boolean
  readonly passwordFile?: string
  readonly aclFile?: string
  /** `--set key=value`, in their order. */
  readonly set?: readonly string[]
}

/** The layer of the flags; relative paths start from the working directory. */
export function flagsLayer(flags: ConfigurationFlags, base: string): Layer {
  const builder = new TreeBuilder()
  const { set = [] } = flags
  for (const [key, path, flag] of SIMPLE) {
    const value = flags[key]
    if (value !== undefined) builder.assign(path, value, flag)
  }
  if (saysWhere(flags) && flags.dev !== true)
    builder.assign(['listeners'], listenersOf(flags, LOCAL), whereFlag(flags))
  for (const assignment of set) {
    const [written, text] = split(assignment)
    const path = pathOf(written)
    const structure = structureAt(STRUCTURE, path)
    const value = structure === undefined ? text : valueOfText(text, structure)
    builder.assign(path, value, `--set ${written}`)
  }
  return builder.layer('flags', base)
}

/** Whether flags say where to listen. */
export function saysWhere({ host, port, wsPort }: ConfigurationFlags): boolean {
  return host !== undefined || port !== undefined || wsPort !== undefined
}

/** The flag by which they say it. */
export function whereFlag({ host, port }: ConfigurationFlags): string {
  if (host !== undefined) return '--host'
  return port === undefined ? '--ws-port' : '--port'
}

/** What `--dev` stands for, where flags do not say otherwise. */
export function devLayer(flags: ConfigurationFlags, base: string): Layer {
  const tree = {
    listeners: listenersOf(flags, EVERYWHERE),
    authentication: { anonymous: true },
    durability: 'memory',
    log: { level: 'info', format: 'pretty' },
  }
  return { type: 'dev', tree, base, placeOf: () => '--dev' }
}

interface Where {
  readonly host: string
  readonly port: number
  readonly wsPort?: number
}

const LOCAL: Where = { host: '127.0.0.1', port: 1883 }
const EVERYWHERE: Where = { host: '0.0.0.0', port: 1883, wsPort: 8080 }

function listenersOf(flags: ConfigurationFlags, otherwise: Where): readonly unknown[] {
  const { host = otherwise.host, port = otherwise.port, wsPort = otherwise.wsPort } = flags
  const name = host.includes(':') ? `[${host}]` : host
  const tcp = { url: `mqtt://${name}:${port}` }
  return wsPort === undefined ? [tcp] : [tcp, { url: `ws://${name}:${wsPort}` }]
}

type SimpleKey = Exclude<
  keyof ConfigurationFlags,
  'config' | 'dev' | 'set' | 'host' | 'port' | 'wsPort'
>

const SIMPLE: readonly (readonly [SimpleKey, Path, string])[] = [
  ['durability', ['durability'], '--durability'],
  ['data', ['data'], '--data'],
  ['logLevel', ['log', 'level'], '--log-level'],
  ['anonymous', ['authentication', 'anonymous'], '--anonymous'],
  ['passwordFile', ['authentication', 'passwordFile'], '--password-file'],
  ['aclFile', ['authorization', 'aclFile'], '--acl-file'],
]

class TreeBuilder {
  #tree: unknown
  readonly #flags = new Map<string, string>()

  assign(path: Path, value: unknown, flag: string): void {
    this.#tree = assigned(this.#tree, path, value)
    this.#flags.set(pathText(path), flag)
  }

  layer(type: Layer['type'], base: string): Layer {
    const flags = this.#flags
    const placeOf = (path: Path): string => {
      for (let length = path.length; length > 0; length -= 1) {
        const flag = flags.get(pathText(path.slice(0, length)))
        if (flag !== undefined) return flag
      }
      const inside = [...flags].find(([key]) => key.startsWith(pathText(path)))
      return inside?.[1] ?? 'the command line'
    }
    return { type, tree: this.#tree, base, placeOf }
  }
}

/** `key=value`; a value may have more of the same sign. */
function split(assignment: string): readonly [string, string] {
  const sign = assignment.indexOf('=')
  return [assignment.slice(0, sign), assignment.slice(sign + 1)]
}

/** `listeners[0].url`, or `listeners.0.url`. */
function pathOf(written: string): Path {
  return written
    .replaceAll(/\[(\d{1,4})\]/g, '.$1')
    .split('.')
    .map((step) => (/^\d{1,4}$/.test(step) ? Number(step) : step))
}

function structureAt(structure: Structure, path: Path): Structure | undefined {
  const [step, ...rest] = path
  if (step === undefined) return structure
  if (structure.type === 'list') return structureAt(structure.item, rest)
  const key = structure.type === 'group' ? structure.keys.get(String(step)) : undefined
  return key === undefined ? undefined : structureAt(key.structure, rest)
}
