/** Why a request to the admin API failed, as an error with a code. */
import type { ProblemCode } from '../problem.ts'

/**
 * A code of the API's problems; `unreachable` where no answer came, `timeout` where none came in
 * time, `not-an-admin-api` where something else answered.
 */
export type AdminErrorCode = ProblemCode | 'unreachable' | 'timeout' | 'not-an-admin-api'

/** What is known beside the sentence. */
export interface AdminErrorDetails {
  readonly code: AdminErrorCode
  /** Of the answer, if one came. */
  readonly status?: number
  readonly cause?: unknown
}

/** A request to the admin API that failed. Its message is a sentence, and may hold client text. */
export class AdminError extends Error {
  override readonly name = 'AdminError'
  readonly code: AdminErrorCode
  readonly status: number | undefined

  constructor(message: string, { code, status, cause }: AdminErrorDetails) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.status = status
  }
}
