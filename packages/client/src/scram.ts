/**
 * `@godwit/client/scram`: SCRAM-SHA-256 (RFC 5802, RFC 7677) as the enhanced authentication of MQTT
 * 5.0. The password never leaves the program, and the server has to prove that it knows it, too.
 * All cryptography is the host's WebCrypto, so it runs wherever there is one; without TLS the
 * exchange can be recorded and weak passwords guessed from it, so it is no substitute.
 */
import type { Mechanism } from './authentication.ts'
import { ScramExchange } from './scram/exchange.ts'
import { ScramKeys } from './scram/keys.ts'
import { saslprep } from './scram/saslprep.ts'

/** Who authenticates. */
export interface ScramOptions {
  readonly username: string
  readonly password: string
  /** Whose rights are wanted, where that is somebody else. */
  readonly authzid?: string
  /** The host's if absent. */
  readonly crypto?: WebCrypto
}

/** The host's WebCrypto, whichever host's types are there. */
export type WebCrypto = typeof globalThis.crypto

/**
 * The mechanism, for `ConnectOptions.authentication`. What costs time, the salted password, is kept
 * for as long as the server's salt stays the same: authenticating again is cheap.
 *
 * User name and password are prepared as RFC 4013 wants it: {@link saslprep}.
 *
 * @throws {TypeError} for what may not be in a user name or a password, for an empty one, and where
 *   there is no WebCrypto: browsers have it on pages that came by HTTPS or from localhost.
 */
export function scramSha256(options: ScramOptions): () => Mechanism {
  const { crypto = globalThis.crypto, authzid } = options
  // Typed as if it were always there; on an insecure page it is not.
  const host: Partial<WebCrypto> | undefined = crypto
  if (host?.subtle === undefined) {
    throw new TypeError('SCRAM needs WebCrypto, which browsers have on secure pages only')
  }
  const username = prepared('user name', options.username)
  const keys = new ScramKeys(crypto.subtle, prepared('password', options.password))
  const header = authzid === undefined ? 'n,,' : `n,a=${escaped(authzid)},`
  const identity = { header, username: escaped(username), keys }
  return () => new ScramExchange(identity, nonceFrom(crypto))
}

function prepared(what: string, text: string): string {
  const prepared = saslprep(text, what)
  if (prepared === '') throw new TypeError(`SCRAM needs a ${what}, and this one is empty`)
  return prepared
}

/** RFC 5802 §5.1: a comma or an equals sign would end the attribute. */
function escaped(name: string): string {
  return name.replaceAll('=', '=3D').replaceAll(',', '=2C')
}

/** 144 random bits, as 24 characters without a comma. */
function nonceFrom(crypto: WebCrypto): string {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(18))))
}
