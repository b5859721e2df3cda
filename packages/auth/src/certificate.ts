/**
 * Clients that show a certificate, which the listener has verified: a name in it is their user
 * name, whatever they say in CONNECT. No password is asked for; see `both`.
 */
import type { Attempt, ClientInfo, Verdict } from '@godwit/broker'
import { ReasonCode } from '@godwit/codec'
import { claimsOf } from './admittance.ts'
import type { Authenticator } from './authenticator.ts'
import { quoted } from './operator-file.ts'
import type { RefusalLog } from './refusal.ts'
import { isUserName } from './user-name.ts'

/** Which name counts: the common name, or the first alternative name of a kind. */
export type CertificateName = 'cn' | 'dns' | 'email' | 'uri' | 'ip'

/** How certificates are read. */
export interface CertificateOptions {
  /** Where the user name stands. */
  readonly username: CertificateName
  /** Milliseconds since 1970: who outstays the certificate is sent away. */
  readonly timeOfDay: () => number
  /** For logs and reloads; `certificate` if left out. */
  readonly name?: string
  /** Whether a client without one is refused, and not left to other authenticators. */
  readonly required?: boolean
  /** Hears why somebody was refused. */
  readonly refused?: RefusalLog
}

/** Lets clients in by their certificate. */
export class CertificateAuthenticator implements Authenticator {
  readonly name: string
  readonly #options: CertificateOptions

  constructor(options: CertificateOptions) {
    this.name = options.name ?? 'certificate'
    this.#options = options
  }

  /** See {@link Authenticator}. */
  authenticate({ client }: Attempt): Verdict | undefined {
    const certificate = client.peer?.certificate
    const { required = false, username: kind, timeOfDay } = this.#options
    if (certificate === undefined) {
      return required ? this.#refuse(client, 'it has shown no certificate') : undefined
    }
    const username = nameIn(certificate, kind)
    if (username === undefined) return this.#refuse(client, `its certificate has no ${kind}`)
    if (!isUserName(username)) {
      return this.#refuse(
        client,
        `its certificate has a ${kind} that is no name: ${quoted(username)}`,
      )
    }
    const leftMs = certificate.validUntil - timeOfDay()
    if (!(leftMs > 0)) return this.#refuse(client, 'its certificate has expired')
    return {
      reasonCode: ReasonCode.Success,
      username,
      principal: username,
      claims: new CertificateClaims(username),
      expiresInMs: Math.min(leftMs, TIMER_MS_MAX),
    }
  }

  /** Whether it would have the same name again. */
  mayStay(client: ClientInfo): boolean | undefined {
    const claims = claimsOf(client)
    if (!(claims instanceof CertificateClaims)) return undefined
    const certificate = client.peer?.certificate
    return (
      certificate !== undefined && nameIn(certificate, this.#options.username) === claims.username
    )
  }

  #refuse(client: ClientInfo, why: string): Verdict {
    this.#options.refused?.(client, `${this.name}: ${why}`)
    return REFUSED
  }
}

/** What is remembered of a client. */
class CertificateClaims {
  readonly username: string

  constructor(username: string) {
    this.username = username
  }
}

type Certificate = NonNullable<NonNullable<ClientInfo['peer']>['certificate']>

function nameIn(certificate: Certificate, kind: CertificateName): string | undefined {
  if (kind === 'cn') return certificate.commonName
  return certificate.alternativeNames.find(({ type }) => type === kind)?.value
}

/** Who is refused here has a certificate, or knows that it needs one: there is nothing to hide. */
const REFUSED: Verdict = {
  reasonCode: ReasonCode.NotAuthorized,
  reasonString: 'This server needs a client certificate with a name in it',
}

const TIMER_MS_MAX = 2_147_483_647
