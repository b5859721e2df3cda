// Which pages may connect. A browser says in a WebSocket handshake from which site the page comes
// and, unlike for other requests, asks nobody whether that is allowed: only the server can refuse.

/** A list of origins that may connect. */
export class Origins {
  readonly #allowed: ReadonlySet<string> | undefined

  /**
   * @param allowed origins such as `https://app.example`, or `*` for every one; all if absent.
   * @throws Error with a sentence for what is no origin.
   */
  constructor(allowed: readonly string[] | undefined) {
    for (const origin of allowed ?? []) check(origin)
    const isOpen = allowed === undefined || allowed.includes('*')
    this.#allowed = isOpen ? undefined : new Set(allowed.map((origin) => origin.toLowerCase()))
  }

  /** Whether a request may connect. One without an origin does not come from a browser. */
  allows(origin: string | undefined): boolean {
    if (origin === undefined || this.#allowed === undefined) return true
    return this.#allowed.has(origin.toLowerCase())
  }
}

/** Pages from files and sandboxes have the origin `null`, which can be allowed by that name. */
function check(origin: string): void {
  if (origin === '*' || origin === 'null' || isOrigin(origin)) return
  throw new Error(
    `"${origin}" is no origin: write a scheme, a host and, if it is not the usual one, a port, ` +
      'such as https://app.example, without a path; or * for every origin',
  )
}

function isOrigin(origin: string): boolean {
  const at = origin.indexOf('://')
  const host = origin.slice(at + 3)
  return (
    at > 0 && URL.canParse(origin) && host !== '' && !NOT_IN_HOST.some((it) => host.includes(it))
  )
}

const NOT_IN_HOST = ['/', '?', '#', '@', '*', ',', ' ']
