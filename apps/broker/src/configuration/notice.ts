/** What an operator should know of a configuration that can be used. */

/** One thing. */
export interface Notice {
  /** Such as `mosquitto.conf:12`, or the name of a variable. */
  readonly place: string
  /** The key or the directive that it is about; empty if it is about the place. */
  readonly about: string
  readonly message: string
}

/** The notice as one sentence. */
export function noticeText({ place, about, message }: Notice): string {
  return `${place}: ${about === '' ? '' : `${about} `}${message}`
}
