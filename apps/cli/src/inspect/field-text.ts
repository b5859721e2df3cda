/** Values of fields for people. */
import type { Field } from './field.ts'
import type { Detail } from './happening.ts'
import { isSecret } from './packet-facts.ts'
import { previewOf, quoted, spaced } from './preview.ts'

/** What a field says, on one line. */
export function valueText(field: Field, detail: Detail): string {
  const { value, meaning } = field
  if (isSecret(field, detail)) return `(${countOf(value)} hidden: --secrets shows them)`
  if (typeof value === 'number') return numberText(field.name, value, meaning)
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'string') return field.name === 'Flags' ? value : quoted(value)
  if (value instanceof Uint8Array) return bytesText(value, totalOf(field, value), detail)
  return value === undefined ? '' : value.map(quoted).join(' = ')
}

/** How many bytes a value has: a large payload is not all there. */
export function totalOf({ name, length }: Field, value: Uint8Array): number {
  return name === 'Payload' ? length : value.length
}

const UNITS: readonly (string | undefined)[] = ['seconds', 'bytes']

function numberText(name: string, value: number, meaning: string | undefined): string {
  if (name === 'Reason Code') return `0x${value.toString(16).padStart(2, '0')} ${meaning ?? ''}`
  if (UNITS.includes(meaning)) return `${value.toLocaleString('en')} ${meaning}`
  return meaning === undefined ? String(value) : `${value} (${meaning})`
}

function bytesText(value: Uint8Array, total: number, { payloadBytes }: Detail): string {
  if (total === 0) return '(empty)'
  const preview = previewOf(value, payloadBytes)
  const clipped = preview.clipped || value.length < total
  const shown = preview.kind === 'text' ? quoted(preview.text) : spaced(preview.hex)
  return `${shown}${clipped ? '...' : ''}  (${bytesCount(total)})`
}

/** Such as `1 byte` and `1,024 bytes`. */
export function bytesCount(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'byte' : 'bytes'}`
}

function countOf(value: Field['value']): string {
  return bytesCount(value instanceof Uint8Array ? value.length : 0)
}
