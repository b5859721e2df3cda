/** The conversions of strftime(3) as the C locale has them, in local time. */
import { dateOf, two, zoneOffset } from './instant.ts'
import type { Instant } from './instant.ts'

/**
 * What `%X` of strftime gives for a letter, and for `N` the nanoseconds. A letter that is no
 * conversion stays as it is, with its `%`.
 */
export function strftime(letter: string, instant: Instant): string {
  if (letter === 'N') return String(instant.nanoseconds).padStart(9, '0')
  if (letter === 's') return String(instant.seconds)
  const text = CONVERSIONS.get(letter)?.(dateOf(instant))
  return text ?? `%${letter}`
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

const day = (date: Date): string => DAYS[date.getDay()] ?? ''
const month = (date: Date): string => MONTHS[date.getMonth()] ?? ''
const short = (name: string): string => name.slice(0, 3)
const blank = (value: number, width = 2): string => String(value).padStart(width, ' ')
const hour12 = (date: Date): number => date.getHours() % 12 || 12
const half = (date: Date): string => (date.getHours() < 12 ? 'AM' : 'PM')
const year2 = (year: number): string => two(((year % 100) + 100) % 100)

function clock(date: Date): string {
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
}

function american(date: Date): string {
  return [date.getMonth() + 1, date.getDate()].map(two).join('/') + `/${year2(date.getFullYear())}`
}

type Conversion = (date: Date) => string

const CONVERSIONS: ReadonlyMap<string, Conversion> = new Map<string, Conversion>([
  ['a', (date) => short(day(date))],
  ['A', day],
  ['b', (date) => short(month(date))],
  ['B', month],
  ['c', (date) => `${dateAndClock(date)} ${date.getFullYear()}`],
  ['C', (date) => two(Math.floor(date.getFullYear() / 100))],
  ['d', (date) => two(date.getDate())],
  ['D', american],
  ['e', (date) => blank(date.getDate())],
  ['F', (date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`],
  ['g', (date) => year2(isoWeek(date).year)],
  ['G', (date) => String(isoWeek(date).year)],
  ['h', (date) => short(month(date))],
  ['H', (date) => two(date.getHours())],
  ['I', (date) => two(hour12(date))],
  ['j', (date) => String(dayOfYear(date) + 1).padStart(3, '0')],
  ['k', (date) => blank(date.getHours())],
  ['l', (date) => blank(hour12(date))],
  ['m', (date) => two(date.getMonth() + 1)],
  ['M', (date) => two(date.getMinutes())],
  ['n', () => '\n'],
  ['p', half],
  ['P', (date) => half(date).toLowerCase()],
  [
    'r',
    (date) =>
      `${two(hour12(date))}:${two(date.getMinutes())}:${two(date.getSeconds())} ${half(date)}`,
  ],
  ['R', (date) => `${two(date.getHours())}:${two(date.getMinutes())}`],
  ['S', (date) => two(date.getSeconds())],
  ['t', () => '\t'],
  ['T', clock],
  ['u', (date) => String(date.getDay() || 7)],
  ['U', (date) => two(Math.floor((dayOfYear(date) + 7 - date.getDay()) / 7))],
  ['V', (date) => two(isoWeek(date).week)],
  ['w', (date) => String(date.getDay())],
  ['W', (date) => two(Math.floor((dayOfYear(date) + 7 - ((date.getDay() + 6) % 7)) / 7))],
  ['x', american],
  ['X', clock],
  ['y', (date) => year2(date.getFullYear())],
  ['Y', (date) => String(date.getFullYear())],
  ['z', zoneOffset],
  ['Z', zoneName],
  ['%', () => '%'],
])

function dateAndClock(date: Date): string {
  return `${short(day(date))} ${short(month(date))} ${blank(date.getDate())} ${clock(date)}`
}

/** Days since the first of January, which is 0. */
function dayOfYear(date: Date): number {
  const midnight = Date.UTC(date.getFullYear(), date.getMonth(), date.getDate())
  return Math.round((midnight - Date.UTC(date.getFullYear(), 0, 1)) / 86_400_000)
}

/** The week of ISO 8601, which begins on a Monday and belongs to the year of its Thursday. */
function isoWeek(date: Date): { readonly year: number; readonly week: number } {
  const weekday = (date.getDay() + 6) % 7
  const thursday = new Date(date.getFullYear(), date.getMonth(), date.getDate() - weekday + 3)
  return { year: thursday.getFullYear(), week: Math.floor(dayOfYear(thursday) / 7) + 1 }
}

/** Such as `CET`, as far as the system tells short names. */
function zoneName(date: Date): string {
  const parts = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' }).formatToParts(date)
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? ''
}
