// The blocks of a PEM file (RFC 7468). Between them there may be anything: tools write comments.

import type { Pem } from './tls-dialer.ts'

/** The blocks with a label, such as `CERTIFICATE`, in order, each with a newline at its end. */
export function pemBlocks(pem: Pem, label: string): string[] {
  const text = typeof pem === 'string' ? pem : Buffer.from(pem).toString('latin1')
  const begin = `-----BEGIN ${label}-----`
  const end = `-----END ${label}-----`
  const blocks: string[] = []
  for (let at = text.indexOf(begin); at !== -1; at = text.indexOf(begin, at + 1)) {
    const last = text.indexOf(end, at)
    // One that is cut off in its middle is a block all the same, which nobody can read.
    const block = last === -1 ? text.slice(at) : text.slice(at, last + end.length)
    blocks.push(`${block}\n`)
  }
  return blocks
}
