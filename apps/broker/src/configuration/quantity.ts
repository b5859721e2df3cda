/** Sizes and times with their units: `64 KiB`, `1.5 GB`, `500 ms`, `30 d`. */

/** What a unit is worth, in bytes or in milliseconds. */
export type Units = ReadonlyMap<string, number>

/** Bytes. A thousand and 1024 have different names; `K`, `M` and `G` alone could be either. */
export const SIZE_UNITS: Units = new Map([
  ['B', 1],
  ['kB', 1e3],
  ['MB', 1e6],
  ['GB', 1e9],
  ['TB', 1e12],
  ['KiB', 1024],
  ['MiB', 1024 ** 2],
  ['GiB', 1024 ** 3],
  ['TiB', 1024 ** 4],
])

/** Milliseconds. */
export const TIME_UNITS: Units = new Map([
  ['ms', 1],
  ['s', 1000],
  ['min', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
])

/** The units as a text that stands in a regular expression and in a sentence. */
export function unitNames(units: Units): readonly string[] {
  return [...units.keys()]
}

/** The number that a text with a unit says, in the smallest unit; `undefined` if it says none. */
export function quantityOf(text: string, units: Units): number | undefined {
  const [, digits = '', unit = ''] = /^(\d{1,15}(?:\.\d{1,6})?) ?([A-Za-z]{1,3})$/.exec(text) ?? []
  const worth = units.get(unit)
  return worth === undefined ? undefined : exactly(Number(digits) * worth)
}

/** 1.1 kB is 1100 bytes, though the product of the two is a little more. */
function exactly(product: number): number {
  const rounded = Math.round(product)
  return Math.abs(product - rounded) < 1e-6 ? rounded : product
}
