/** A small client of SCRAM-SHA-256, written from RFC 5802 §3 and from nothing of ours. */
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'

/** What a client says second, and what it wants to hear then. */
export interface Answer {
  readonly final: string
  readonly signature: string
}

/** Answers a server's challenge. `header` and `bare` are the two parts of the first message. */
export function answerTo(
  challenge: string,
  password: string,
  bare: string,
  header = 'n,,',
): Answer {
  const [r = '', s = '', i = ''] = challenge.split(',').map((part) => part.slice(2))
  const salted = pbkdf2Sync(password, Buffer.from(s, 'base64'), Number(i), 32, 'sha256')
  const clientKey = hmac(salted, 'Client Key')
  const withoutProof = `c=${Buffer.from(header).toString('base64')},r=${r}`
  const message = `${bare},${challenge},${withoutProof}`
  const signature = hmac(createHash('sha256').update(clientKey).digest(), message)
  const proof = Buffer.from(clientKey.map((byte, at) => byte ^ signature[at]!)).toString('base64')
  const verifier = hmac(hmac(salted, 'Server Key'), message).toString('base64')
  return { final: `${withoutProof},p=${proof}`, signature: `v=${verifier}` }
}

function hmac(key: Buffer, message: string): Buffer {
  return createHmac('sha256', key).update(message).digest()
}
