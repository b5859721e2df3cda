/** What everybody says about an action, and who decides: for people who wonder. */
import type { Action, ClientInfo } from '@godwit/broker'
import type { Access } from './access.ts'
import type { Ruling } from './authorizer.ts'

/** All that is said about an action. */
export interface Explanation {
  /** What the client gets to hear. `partly` only for subscriptions. */
  readonly decision: 'allow' | 'deny' | 'partly'
  /** Which line decided, or that nobody said anything. */
  readonly because: string
  /** In the order in which they are asked; the first with something to say decides. */
  readonly opinions: readonly Opinion[]
}

/** What one of them says. */
export interface Opinion {
  /** The name of the authorizer. */
  readonly authorizer: string
  /** `undefined`: nothing. One that fails denies. */
  readonly ruling: Ruling | undefined
}

/** Asks all authorizers about an action, those too that would not be asked any more. */
export async function explain(
  access: Access,
  action: Action,
  client: ClientInfo,
): Promise<Explanation> {
  const opinions: Opinion[] = []
  for (const authorizer of access.authorizers) {
    let ruling: Ruling | undefined
    try {
      ruling = await authorizer.authorize(action, client)
    } catch (error) {
      ruling = { decision: 'deny', because: `${authorizer.name} failed: ${String(error)}` }
    }
    opinions.push({ authorizer: authorizer.name, ruling })
  }
  const ruling = opinions.find((opinion) => opinion.ruling !== undefined)?.ruling
  const { decision, because } = ruling ?? (opinions.length === 0 ? NO_RULES : NOTHING_SAID)
  const isNonsense = decision === 'partly' && action.type !== 'subscribe'
  return { decision: isNonsense ? 'deny' : decision, because, opinions }
}

const NO_RULES: Ruling = {
  decision: 'allow',
  because: 'There are no rules, so everything is allowed',
}

const NOTHING_SAID: Ruling = {
  decision: 'deny',
  because: 'No rule says anything about it, so it is denied',
}
