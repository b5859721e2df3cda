/** The part of qlobber 8 that is measured; it brings no types of its own. */
declare module 'qlobber' {
  export interface QlobberOptions {
    readonly separator?: string
    readonly wildcard_one?: string
    readonly wildcard_some?: string
    readonly match_empty_levels?: boolean
  }

  export class Qlobber<T> {
    constructor(options?: QlobberOptions)
    add(filter: string, value: T): this
    remove(filter: string, value?: T): this
    match(topic: string): T[]
  }
}
