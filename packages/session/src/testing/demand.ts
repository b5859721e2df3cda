/** How the models say that a rule was broken. */

/** Throws if a rule does not hold. @throws {Error} that quotes the rule. */
export function demand(holds: boolean, rule: string): asserts holds {
  if (!holds) throw new Error(`Broken: ${rule}`)
}
