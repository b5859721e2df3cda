/** The flags about TLS, and what they say. */
import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { addFlag } from './flag.ts'
import { collected } from './flag-values.ts'

/** The versions that a flag may ask for. */
type TlsVersion = 'tlsv1.1' | 'tlsv1.2' | 'tlsv1.3'

/** What the flags about TLS say. */
export interface TlsFlags {
  readonly caFile?: string
  readonly caDir?: string
  readonly systemCa?: boolean
  readonly cert?: string
  readonly key?: string
  readonly keyPassphrase?: string
  readonly insecure?: boolean
  readonly alpn?: readonly string[]
  readonly ciphers?: string
  readonly tlsVersion?: TlsVersion
  readonly psk?: string
  readonly pskIdentity?: string
}

/** Adds the flags. Those that name authorities, certificates or keys turn TLS on. */
export function addTlsFlags(command: Command): void {
  const ca = 'the authorities to trust, in PEM'
  addFlag(command, '--ca-file <path>', ca, { aliases: ['--cafile'], env: 'GODWIT_CA_FILE' })
  const dir = 'a directory of them: all its .crt and .pem'
  addFlag(command, '--ca-dir <path>', dir, { aliases: ['--capath'] })
  const system = 'trust the authorities of this system'
  addFlag(command, '--system-ca', system, { aliases: ['--tls-use-os-certs'] })
  addFlag(command, '--cert <path>', 'our certificate, in PEM', { env: 'GODWIT_CERT' })
  addFlag(command, '--key <path>', 'its key, in PEM', { env: 'GODWIT_KEY' })
  addFlag(command, '--key-passphrase <text>', 'what opens the key', {
    env: 'GODWIT_KEY_PASSPHRASE',
  })
  addFlag(command, '--insecure', 'do not check that the certificate is for this host')
  const alpn = 'a protocol to ask for by ALPN; may be repeated'
  addFlag(command, '--alpn <name>', alpn, { aliases: ['--tls-alpn'], parse: collected })
  addFlag(command, '--ciphers <list>', 'the ciphers to allow, as OpenSSL names them')
  addFlag(command, '--tls-version <version>', 'the least version of TLS', {
    choices: ['tlsv1.3', 'tlsv1.2', 'tlsv1.1'],
  })
  addFlag(command, '--psk <hex>', 'a pre-shared key instead of certificates', { parse: hex })
  addFlag(command, '--psk-identity <name>', 'whose key it is')
  addUnsupportedFlags(command)
}

const NO_ENGINES = 'There are no engines of OpenSSL in Node: use --key with a file.'

/** Flags of mosquitto's programs for engines of OpenSSL, which Node does not have. */
function addUnsupportedFlags(command: Command): void {
  const parse = (): never => {
    throw new InvalidArgumentError(NO_ENGINES)
  }
  addFlag(command, '--tls-engine <id>', 'not there', { hidden: true, parse })
  addFlag(command, '--tls-engine-kpass-sha1 <hex>', 'not there', { hidden: true, parse })
  const keyForm = (text: string): string => (text === 'pem' ? text : parse())
  addFlag(command, '--keyform <form>', 'pem', { hidden: true, parse: keyForm })
}

function hex(text: string): string {
  if (/^([0-9a-f]{2}){1,64}$/i.test(text)) return text
  throw new InvalidArgumentError('It is an even number of hexadecimal digits, without 0x.')
}
