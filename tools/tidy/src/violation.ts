// A broken house rule: where it is, which rule, and what to do about it.

/** One broken rule at one line. The message says what to do, not only what is wrong. */
export interface Violation {
  readonly file: string
  readonly line: number
  readonly rule: string
  readonly message: string
}

/** One violation as a line that an editor or a terminal can jump to. */
export function describeViolation({ file, line, rule, message }: Violation): string {
  return `${file}:${line} [${rule}] ${message}`
}
