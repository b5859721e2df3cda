/** How long something is or was, for people. */

/** Such as `3d 4h`, `12m 30s` or `5s`: two units at most. */
export function durationOf(seconds: number): string {
  const whole = Math.floor(seconds)
  const parts = UNITS.map(([unit, size], at) => {
    const above = UNITS[at - 1]?.[1]
    return { unit, count: Math.floor((above === undefined ? whole : whole % above) / size) }
  })
  const first = parts.findIndex(({ count }) => count > 0)
  if (first === -1) return '0s'
  return parts
    .slice(first, first + 2)
    .filter(({ count }) => count > 0)
    .map(({ unit, count }) => `${count}${unit}`)
    .join(' ')
}

/** From large to small, in seconds. */
const UNITS: readonly (readonly [string, number])[] = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
]
