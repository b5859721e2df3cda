/** The fields of an object that was read from JSON, each checked, and no other. */

/** What is wrong with a line: a sentence without its end, to be put behind where it is. */
export class LineFault extends Error {
  override readonly name = 'LineFault'
}

/** The fields of one object. Every method throws {@link LineFault}. */
export class LineFields {
  #what: string
  readonly #fields: ReadonlyMap<string, unknown>
  readonly #asked = new Set<string>()

  /** `what` it is, for errors: `a session`. */
  constructor(value: unknown, what: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new LineFault(`expected ${what} as an object of JSON, got ${shown(value)}`)
    }
    this.#what = what
    this.#fields = new Map(Object.entries(value))
  }

  /** From here on errors call it so. */
  call(what: string): void {
    this.#what = what
  }

  /** Whether a field is there. */
  has(name: string): boolean {
    return this.#fields.has(name)
  }

  /** What the fields are called. */
  names(): readonly string[] {
    return [...this.#fields.keys()]
  }

  /** What a field is, whatever that is. */
  any(name: string): unknown {
    this.#asked.add(name)
    return this.#fields.get(name)
  }

  text(name: string): string {
    const value = this.any(name)
    if (typeof value === 'string' && isWellFormed(value)) return value
    throw this.#wrong(name, 'a text', value)
  }

  flag(name: string): boolean {
    const value = this.any(name)
    if (typeof value === 'boolean') return value
    throw this.#wrong(name, 'true or false', value)
  }

  whole(name: string, min: number, max: number): number {
    const value = this.any(name)
    if (isWhole(value, min, max)) return value
    throw this.#wrong(name, wholeText(min, max), value)
  }

  /** One of several numbers or texts. */
  oneOf<const T>(name: string, choices: readonly T[]): T {
    const value = this.any(name)
    const found = choices.find((choice) => choice === value)
    if (found !== undefined) return found
    throw this.#wrong(name, choices.map((choice) => JSON.stringify(choice)).join(' or '), value)
  }

  /** Bytes as base64. */
  bytes(name: string): Uint8Array {
    const text = this.text(name)
    const bytes = Buffer.from(text, 'base64')
    if (bytes.toString('base64') === text) return bytes
    throw this.#wrong(name, 'base64', text)
  }

  list(name: string): readonly unknown[] {
    const value = this.any(name)
    if (Array.isArray(value)) return value
    throw this.#wrong(name, 'a list', value)
  }

  wholes(name: string, min: number, max: number): readonly number[] {
    return this.list(name).map((value) => {
      if (isWhole(value, min, max)) return value
      throw this.#wrong(name, `a list of ${wholeText(min, max)} each`, value)
    })
  }

  /** What `read` makes of a field, or `undefined` if it is not there. */
  optional<T>(name: string, read: (name: string) => T): T | undefined {
    return this.has(name) ? read(name) : undefined
  }

  /** Demands that no field is left. */
  done(): void {
    for (const name of this.#fields.keys()) {
      if (!this.#asked.has(name)) {
        throw new LineFault(`${this.#what} has no field ${shown(name)}`)
      }
    }
  }

  #wrong(name: string, expected: string, value: unknown): LineFault {
    return new LineFault(
      `expected the field ${name} of ${this.#what} to be ${expected}, got ${shown(value)}`,
    )
  }
}

/** A value as an error shows it, on one line and not too long. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value)
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}...` : text
}

const SHOWN_LENGTH = 60

function isWhole(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max
}

function wholeText(min: number, max: number): string {
  return `a whole number from ${min} to ${max}`
}

/** Half a surrogate pair cannot be stored, nor sent. */
function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text)
}
