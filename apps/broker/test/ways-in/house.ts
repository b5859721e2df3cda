/** A broker with many doors, each of its own kind, for tests that try them all. */
import { writeFile } from 'node:fs/promises'
import type { CertificateAuthority, KeyPair } from '@godwit/transport/testing'
import type { Program } from '../program.ts'
import { godwit } from '../running-broker.ts'
import type { TemporaryDirectory } from '../temporary-directory.ts'

/** A listener as a configuration has it; the port may be 0. */
export interface DoorTerms {
  readonly name: string
  readonly url: string
  readonly [key: string]: unknown
}

/** A broker that listens. */
export interface House extends AsyncDisposable {
  readonly program: Program
  /** By name of the listener. */
  readonly urls: ReadonlyMap<string, string>
}

/** Starts a broker with these listeners in a directory that has the files they name. */
export async function openHouse(
  directory: TemporaryDirectory,
  listeners: readonly DoorTerms[],
  rest: object = {},
): Promise<House> {
  // Who fails a hundred times is late otherwise, and one address is let in slowly.
  const rates = { failedLoginsPerMinute: 1_000_000, connectionsPerSecond: 1_000_000 }
  const configuration = { listeners, durability: 'memory', rates, ...rest }
  await writeFile(directory.at('broker.json'), JSON.stringify(configuration))
  const program = godwit('--config', directory.at('broker.json'))
  try {
    const urls = await program.until(`listen at ${listeners.length} places`, () => {
      const found = [...program.stdout.matchAll(/^listening (.*)$/gm)].map(([, url = '']) => url)
      return found.length === listeners.length ? found : undefined
    })
    return {
      program,
      urls: new Map(listeners.map(({ name }, at) => [name, urls[at]!])),
      [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
    }
  } catch (error) {
    await program[Symbol.asyncDispose]()
    throw error
  }
}

/** Writes a certificate and its key to files; what a listener says of them. */
export async function keptPair(
  directory: TemporaryDirectory,
  name: string,
  { certificate, key }: KeyPair,
): Promise<{ readonly certificate: string; readonly key: string }> {
  await writeFile(directory.at(`${name}.crt`), certificate)
  await writeFile(directory.at(`${name}.key`), key)
  return { certificate: `${name}.crt`, key: `${name}.key` }
}

/** What a listener says that asks clients for certificates of an authority. */
export async function keptAuthority(
  directory: TemporaryDirectory,
  authority: CertificateAuthority,
  revoked: readonly KeyPair[],
): Promise<{ readonly clientCa: string; readonly revocations: string }> {
  await writeFile(directory.at('ca.crt'), authority.certificate)
  await writeFile(directory.at('revoked.pem'), await authority.revocations(revoked))
  return { clientCa: 'ca.crt', revocations: 'revoked.pem' }
}
