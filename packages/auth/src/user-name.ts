/** What may be the name of a user, wherever it comes from: a token, a certificate, a hook. */
import { hasControlCharacter } from './operator-file.ts'

/**
 * Whether a text can be the name of a user. What MQTT lets nobody say (§1.5.4) cannot. Wildcards
 * and `/` can: where a rule has a place for the name, such a one is never put there.
 */
export function isUserName(text: string): boolean {
  const isShort = text !== '' && text.length <= NAME_LENGTH_MAX
  return isShort && isWellFormed(text) && !hasControlCharacter(text)
}

/** Whether there is no half of a character in a text. */
export function isWellFormed(text: string): boolean {
  return Buffer.from(text).toString() === text
}

const NAME_LENGTH_MAX = 1024
