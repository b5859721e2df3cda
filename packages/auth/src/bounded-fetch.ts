/** What the broker asks of servers on the web is said in secret, and their answers are bounded. */

/**
 * A URL that may be asked: `https:`, or `http:` on this machine, or any `http:` if that is allowed.
 *
 * @throws {Error} for another; `what` is what is there, for the sentence.
 */
export function checkedUrl(text: string, what: string, insecure = false): URL {
  if (!URL.canParse(text)) throw new Error(`${what} needs a URL, got ${JSON.stringify(text)}`)
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') {
    throw new Error(`${what} has a password in its URL; give it as a header instead`)
  }
  if (url.protocol === 'https:') return url
  if (url.protocol === 'http:' && (insecure || LOOPBACK.has(url.hostname))) return url
  const sentence = `${what} is at ${url.protocol}//${url.host}, where anybody between could answer`
  throw new Error(`${sentence}; wanted: https:, or http: on 127.0.0.1, [::1] or localhost`)
}

/** The text of a response. @throws {Error} for one that is too long, or no UTF-8. */
export async function boundedBody(response: Response, bytesMax: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    // Leaving the loop cancels the rest.
    if (bytes > bytesMax) throw new Error(`The answer is longer than ${bytesMax} bytes`)
    chunks.push(chunk)
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost'])
