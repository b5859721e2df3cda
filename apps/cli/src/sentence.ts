/** What commander has to say, as one sentence on one line. */

/** Takes `error: unknown option '--prot'\n(Did you mean --port?)` and the like. */
export function sentence(text: string): string {
  return text
    .replace(/^error: /, '')
    .replace(/\n\((Did.*)\)/, (_, hint: string) => `: ${decapitalized(hint)}`)
    .replace(/\. ([A-Z].*)/, (_, reason: string) => `: ${decapitalized(reason)}`)
    .replace(/\.?\n*$/, '')
}

/** A sentence as it is written behind a colon. */
export function decapitalized(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
