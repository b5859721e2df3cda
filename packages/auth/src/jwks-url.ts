/**
 * A JWKS on the web: fetched when it is first needed, kept for a while, and fetched again for a key
 * that is not in it, but not at the pace of whoever makes up names of keys.
 */
import { createRemoteJWKSet, customFetch } from 'jose'
import { boundedBody, checkedUrl } from './bounded-fetch.ts'
import { keyOf, parseKeySet, PUBLIC_KEY_ALGORITHMS } from './jwks.ts'
import { thumbprintOfKey } from './jwt-keys.ts'
import type { JwtKeys } from './jwt-keys.ts'

/** Where the keys are, and how long they are believed. */
export interface KeySetUrlOptions {
  /** `https:`, or `http:` on this machine. */
  readonly url: string
  /** How long an answer may take; 5,000 if left out. */
  readonly timeoutMs?: number
  /** How long the keys are kept. After that they must be fetched again; 600 if left out. */
  readonly keptSeconds?: number
  /** How long it is not asked again after an answer or a failure; 30 if left out. */
  readonly cooldownSeconds?: number
  /** Milliseconds since 1970. */
  readonly timeOfDay: () => number
}

/** The keys at a URL. @throws {Error} for a URL that would be fetched in the open. */
export function keySetAt(options: KeySetUrlOptions): JwtKeys {
  const { timeoutMs = 5000, keptSeconds = 600, cooldownSeconds = 30, timeOfDay } = options
  const url = checkedUrl(options.url, 'The JWKS')
  const cooldownMs = cooldownSeconds * 1000
  let failedAt = -Infinity
  let thumbprints: ReadonlySet<string> = new Set()
  const fetchKeys = async (address: string, request: RequestInit): Promise<Response> => {
    if (timeOfDay() - failedAt < cooldownMs) throw new Error(`${url.href} failed a moment ago`)
    try {
      const response = await fetch(address, { ...request, redirect: 'error' })
      if (response.status !== 200) throw new Error(`${url.href} answered ${response.status}`)
      const text = await boundedBody(response, KEY_SET_BYTES_MAX)
      thumbprints = thumbprintsIn(text, url.href)
      failedAt = -Infinity
      return new Response(text)
    } catch (error) {
      failedAt = timeOfDay()
      throw error
    }
  }
  const find = createRemoteJWKSet(url, {
    timeoutDuration: timeoutMs,
    cooldownDuration: cooldownMs,
    cacheMaxAge: keptSeconds * 1000,
    [customFetch]: fetchKeys,
  })
  return {
    algorithms: PUBLIC_KEY_ALGORITHMS,
    find,
    holds: (thumbprint) => thumbprints.has(thumbprint),
  }
}

/** Of the keys that can be used: those for other purposes are of no interest. */
function thumbprintsIn(text: string, place: string): ReadonlySet<string> {
  const thumbprints = new Set<string>()
  for (const jwk of parseKeySet(text, place).keys) {
    try {
      thumbprints.add(thumbprintOfKey(keyOf(jwk, place)))
    } catch {
      // A token by it will not be verified.
    }
  }
  return thumbprints
}

const KEY_SET_BYTES_MAX = 262_144
