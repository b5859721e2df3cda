/** Who gets in where: what makes a configuration safe or not, and the words for it. */
import { isLocal } from './addresses.ts'
import type { AuthenticationInput, ListenerInput, Read, TlsInput } from './input.ts'

/** How clients get in by one listener. */
export interface Exposure {
  readonly isLocal: boolean
  /** What clients may show to get in, in words. */
  readonly ways: readonly string[]
  /** Whether clients that show nothing get in; `undefined` where nothing says so. */
  readonly anonymous: boolean | undefined
}

/** Each is there if clients can get in by it. */
type Ways = { readonly [Way in Exclude<keyof AuthenticationInput, 'anonymous'>]?: unknown }

/** How clients get in, by a listener under the authentication for all of them. */
export function exposureOf(
  listener: ListenerInput<Read>,
  general: AuthenticationInput<Read> = {},
): Exposure {
  const own = listener.authentication ?? general
  const anonymous = listener.anonymous ?? own.anonymous
  return { isLocal: isLocal(listener.url), ways: waysIn(own, listener.tls), anonymous }
}

/** What clients may show to get in, in words. */
export function waysIn(own: Ways, tls: TlsInput | undefined): readonly string[] {
  const showsCertificates = tls?.clientCa !== undefined && tls.clientCertificate !== 'none'
  const ways: readonly (readonly [string, boolean])[] = [
    ['a password', own.passwordFile !== undefined],
    ['SCRAM', own.scramFile !== undefined],
    ['a token', own.jwt !== undefined],
    ['a certificate', own.certificate !== undefined && showsCertificates],
    ['what your service accepts', own.http !== undefined],
  ]
  return ways.flatMap(([way, isOpen]) => (isOpen ? [way] : []))
}

/** Whether clients that show nothing get in. Only who is on this machine does without a word. */
export function letsAnonymousIn({ anonymous, ways, isLocal: isNear }: Exposure): boolean {
  return anonymous ?? (isNear && ways.length === 0)
}
