/**
 * Looks at a configuration as the broker would at its start, but opens nothing: reads every file
 * that it names with the reader that the broker has for it.
 */
import { readFile } from 'node:fs/promises'
import {
  keySet,
  publicKey,
  readAclFile,
  readPasswordFile,
  readScramFile,
  rules,
} from '@godwit/auth'
import { parseTokens } from '@godwit/admin'
import { TlsListener } from '@godwit/transport/node'
import type {
  AuthenticationConfiguration,
  AuthorizationConfiguration,
  Configuration,
  TlsConfiguration,
} from './configuration.ts'
import type { PlacedFault } from './fault.ts'
import { fileFaults } from './file-faults.ts'
import type { LoadedConfiguration } from './loading.ts'
import { credentialsOf } from '../serving/credentials.ts'
import type { Notice } from './notice.ts'
import { pathText } from './wording.ts'
import type { Path } from './wording.ts'

/** What came of it. */
export interface Findings {
  readonly faults: readonly PlacedFault[]
  readonly notices: readonly Notice[]
}

/** Reads all files that a configuration names. */
export async function checkFiles(loaded: LoadedConfiguration): Promise<Findings> {
  const checking = new Checking(loaded)
  await checking.all(loaded.configuration)
  return { faults: checking.faults, notices: checking.notices }
}

interface WithNotices {
  readonly notices?: readonly string[]
}

class Checking implements Findings {
  readonly faults: PlacedFault[] = []
  readonly notices: Notice[] = []
  readonly #placeOf: LoadedConfiguration['placeOf']
  /** What was read already; many listeners name the same file. */
  readonly #seen = new Set<string>()

  constructor({ placeOf }: LoadedConfiguration) {
    this.#placeOf = placeOf
  }

  async all({ listeners, authentication, authorization, admin }: Configuration): Promise<void> {
    await this.#access([], authentication, authorization)
    for (const [index, listener] of listeners.entries()) {
      const path = ['listeners', index]
      await this.#access(path, listener.authentication, listener.authorization)
      const { tls } = listener
      if (tls !== undefined) await this.#tls([...path, 'tls'], tls)
    }
    await this.#file(['admin', 'tokenFile'], admin?.tokenFile, async (file) => {
      parseTokens(await readFile(file, 'utf8'), file)
    })
  }

  async #access(
    path: Path,
    authentication: AuthenticationConfiguration,
    { aclFile, rules: own }: AuthorizationConfiguration,
  ): Promise<void> {
    const { passwordFile, scramFile, jwt } = authentication
    const at = (...steps: Path): Path => [...path, ...steps]
    await this.#file(at('authentication', 'passwordFile'), passwordFile, readPasswordFile)
    await this.#file(at('authentication', 'scramFile'), scramFile, async (file) => {
      await readScramFile(file)
    })
    const { secretFile, publicKeyFile, jwksFile } = jwt ?? {}
    await this.#file(at('authentication', 'jwt', 'secretFile'), secretFile, readSecret)
    await this.#file(at('authentication', 'jwt', 'publicKeyFile'), publicKeyFile, async (file) => {
      publicKey(await readFile(file, 'utf8'), file)
    })
    await this.#file(at('authentication', 'jwt', 'jwksFile'), jwksFile, async (file) => {
      keySet(await readFile(file, 'utf8'), file)
    })
    await this.#file(at('authorization', 'aclFile'), aclFile, readAclFile)
    await this.#look(at('authorization', 'rules'), JSON.stringify(own), () => {
      rules({ rules: own })
    })
  }

  async #tls(path: Path, tls: TlsConfiguration): Promise<void> {
    const before = this.faults.length
    for (const [at, file] of tlsFiles(tls)) {
      await this.#file([...path, ...at], file, async () => void (await readFile(file)))
    }
    if (this.faults.length > before) return
    await this.#look(path, JSON.stringify(tls), async () => {
      // A listener looks at them when it is made, and is not opened.
      void new TlsListener({ host: '127.0.0.1', port: 0, tls: await credentialsOf(tls) })
    })
  }

  async #file(
    path: Path,
    file: string | undefined,
    read: (file: string) => Promise<WithNotices | void>,
  ): Promise<void> {
    if (file === undefined) return
    await this.#look(path, file, () => read(file), file)
  }

  async #look(
    path: Path,
    what: string,
    read: () => WithNotices | void | Promise<WithNotices | void>,
    file?: string,
  ): Promise<void> {
    const key = pathText(path)
    const seen = `${key.replace(/^.*\]\./, '')} ${what}`
    if (this.#seen.has(seen)) return
    this.#seen.add(seen)
    try {
      const { notices = [] } = (await read()) ?? {}
      const place = this.#placeOf(path)
      this.notices.push(
        ...notices.map((message) => ({ place, about: key, message: `: ${message}` })),
      )
    } catch (error) {
      const place = this.#placeOf(path)
      const sentences = await fileFaults(error, file)
      this.faults.push(...sentences.map((message) => ({ place, key, message })))
    }
  }
}

function tlsFiles({ serverNames, ...own }: TlsConfiguration): readonly (readonly [Path, string])[] {
  const keys = ['certificate', 'key', 'passphraseFile', 'clientCa', 'revocations'] as const
  const named = ['certificate', 'key', 'passphraseFile'] as const
  const files: readonly (readonly [Path, string | undefined])[] = [
    ...keys.map((key) => [[key], own[key]] as const),
    ...serverNames.flatMap((each, index) =>
      named.map((key) => [['serverNames', index, key], each[key]] as const),
    ),
  ]
  return files.flatMap(([path, file]) => (file === undefined ? [] : [[path, file] as const]))
}

async function readSecret(file: string): Promise<void> {
  const { length } = await readFile(file)
  if (length < SECRET_BYTES_MIN) {
    throw new Error(`${file} has ${length} bytes, and a secret needs ${SECRET_BYTES_MIN} or more`)
  }
}

const SECRET_BYTES_MIN = 32
