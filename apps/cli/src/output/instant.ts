/** Moments by the clock on the wall, to the nanosecond as far as the machine knows it. */

/** A moment: seconds since 1970 and the nanoseconds beyond. */
export interface Instant {
  readonly seconds: number
  /** 0 to 999,999,999. */
  readonly nanoseconds: number
}

/** The present. Its resolution is that of `performance.now`, mostly a microsecond. */
export function presentInstant(): Instant {
  const ms = performance.timeOrigin + performance.now()
  const seconds = Math.floor(ms / 1000)
  // What is below a microsecond is noise of the sum.
  const microseconds = Math.floor((ms - seconds * 1000) * 1000)
  return { seconds, nanoseconds: microseconds * 1000 }
}

/** The same moment for the calendar, which knows milliseconds. */
export function dateOf({ seconds, nanoseconds }: Instant): Date {
  return new Date(seconds * 1000 + Math.floor(nanoseconds / 1_000_000))
}

/** Such as `2026-11-25T15:55:38.868696Z+0000`, which is how mosquitto_sub writes the local time. */
export function timestamp(instant: Instant): string {
  const date = dateOf(instant)
  const micro = String(Math.floor(instant.nanoseconds / 1000)).padStart(6, '0')
  return `${dayAndTime(date)}.${micro}Z${zoneOffset(date)}`
}

/** Such as `2016-08-10T09:47:38`, in local time. */
export function dayAndTime(date: Date): string {
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()]
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()]
  return `${day.map(two).join('-')}T${time.map(two).join(':')}`
}

/** Such as `+0100`. */
export function zoneOffset(date: Date): string {
  const minutes = -date.getTimezoneOffset()
  const amount = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(amount / 60))}${two(amount % 60)}`
}

/** A number of two digits or more. */
export function two(value: number): string {
  return String(value).padStart(2, '0')
}
