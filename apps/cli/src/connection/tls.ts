/** What TLS is told: whom to trust, and who we are. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tls from 'node:tls'
import type { DialTlsOptions } from '@godwit/transport/node'
import { CliError, misuse } from '../exit.ts'
import type { TlsFlags } from '../flags/tls-flags.ts'

/** The options of `dialTls` that flags decide. */
export type TlsSettings = Omit<DialTlsOptions, 'host' | 'port' | 'signal'>

/** Reads the files that flags name. @throws {CliError} if one cannot be read. */
export function tlsSettings(flags: TlsFlags): TlsSettings {
  if (flags.psk !== undefined) return withKey(flags.psk, flags)
  const { cert, key, keyPassphrase, insecure, alpn, ciphers } = flags
  if (key !== undefined && cert === undefined) {
    throw misuse('--key is the key of a certificate', 'give --cert too')
  }
  const ca = authorities(flags)
  return {
    ...(ca.length > 0 && { ca }),
    ...(cert !== undefined && { cert: contents(cert), key: contents(key ?? cert) }),
    ...(keyPassphrase !== undefined && { passphrase: keyPassphrase }),
    ...(insecure === true && { checkServerIdentity: () => undefined }),
    ...(alpn !== undefined && { ALPNProtocols: alpn }),
    ...(ciphers !== undefined && { ciphers }),
    ...versions(flags),
  }
}

/** TLS with a pre-shared key (RFC 4279), which Node speaks in TLS 1.2. */
function withKey(psk: string, flags: TlsFlags): TlsSettings {
  const { pskIdentity: identity, ciphers = 'PSK', alpn } = flags
  if (identity === undefined) throw misuse("--psk is somebody's key", 'give --psk-identity too')
  const key = Buffer.from(psk, 'hex')
  return {
    pskCallback: () => ({ psk: key, identity }),
    // The server proves itself by knowing the key.
    checkServerIdentity: () => undefined,
    ciphers,
    ...(alpn !== undefined && { ALPNProtocols: alpn }),
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
  }
}

function authorities({ caFile, caDir, systemCa }: TlsFlags): (string | Uint8Array)[] {
  return [
    ...(caFile === undefined ? [] : [certificates(caFile)]),
    ...(caDir === undefined ? [] : directory(caDir)),
    ...(systemCa === true ? systemAuthorities() : []),
  ]
}

/** A file without any would be taken in silence, and trust nobody. */
function certificates(path: string): Uint8Array {
  const bytes = contents(path)
  if (Buffer.from(bytes).includes('CERTIFICATE-----')) return bytes
  throw new CliError(`${path} holds no certificate`, {
    advice: 'it begins with -----BEGIN CERTIFICATE-----',
  })
}

/** Node knows them since 22.15. */
function systemAuthorities(): readonly string[] {
  const { getCACertificates }: Partial<typeof tls> = tls
  if (getCACertificates !== undefined) return getCACertificates('system')
  const message = `Node ${process.version} does not know the authorities of the system`
  throw new CliError(message, { advice: 'use --ca-file, or Node 22.15 or newer' })
}

/** The last is how `openssl rehash` names them. */
const AUTHORITY = /\.(?:crt|pem|\d+)$/

function directory(path: string): Uint8Array[] {
  const names = readable(path, () => readdirSync(path)).filter((name) => AUTHORITY.test(name))
  if (names.length === 0) {
    throw new CliError(`${path} has no file that ends in .crt or .pem`, {
      advice: 'name one with --ca-file',
    })
  }
  return names.toSorted().map((name) => contents(join(path, name)))
}

function contents(path: string): Uint8Array {
  return readable(path, () => readFileSync(path))
}

function readable<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CliError(`${path} cannot be read: ${reason}`, { cause })
  }
}

const VERSIONS = { 'tlsv1.1': 'TLSv1.1', 'tlsv1.2': 'TLSv1.2', 'tlsv1.3': 'TLSv1.3' } as const

function versions({ tlsVersion }: TlsFlags): TlsSettings {
  if (tlsVersion === undefined) return {}
  return { minVersion: VERSIONS[tlsVersion] }
}
