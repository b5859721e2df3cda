/** Reads the files of TLS that a listener names. */
import { readFile } from 'node:fs/promises'
import type { CertificateAndKey, TlsCredentials } from '@godwit/transport/node'
import type { TlsConfiguration } from '../configuration/configuration.ts'

/** What a listener encrypts with. @throws {Error} for a file that cannot be read. */
export async function credentialsOf(tls: TlsConfiguration): Promise<TlsCredentials> {
  const { clientCa, clientCertificate, revocations, minVersion } = tls
  const serverNames = tls.serverNames.map(async (named) => ({
    name: named.name,
    ...(await certificateOf(named)),
  }))
  return {
    ...(await certificateOf(tls)),
    serverNames: await Promise.all(serverNames),
    clientCertificate,
    minVersion,
    ...(clientCa !== undefined && { clientCa: await readFile(clientCa) }),
    ...(revocations !== undefined && { revocations: await readFile(revocations) }),
  }
}

interface CertificateFiles {
  readonly certificate: string
  readonly key: string
  readonly passphraseFile?: string
}

async function certificateOf(files: CertificateFiles): Promise<CertificateAndKey> {
  const { certificate, key, passphraseFile } = files
  const own = { certificate: await readFile(certificate), key: await readFile(key) }
  if (passphraseFile === undefined) return own
  const passphrase = await readFile(passphraseFile, 'utf8')
  return { ...own, passphrase: passphrase.replace(/\r?\n$/, '') }
}
