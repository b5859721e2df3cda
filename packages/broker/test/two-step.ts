// A mechanism of enhanced authentication in two steps: `hello` gets the challenge `who?`, and to that
// only the right word is an answer.

import { ReasonCode } from '@godwit/codec'
import type { Packet } from '@godwit/codec'
import type { ExchangeStep, Guards, Verdict } from '../src/index.ts'
import { connect, openWorld } from './peer.ts'
import type { Peer, World } from './peer.ts'
import { SlowGuard } from './slow-guard.ts'

/** Its name. */
export const METHOD = 'PASSWORD-2'

/** The guard of the mechanism, which notes what it is asked. */
export function scripted(steps: ExchangeStep[]): Guards {
  return {
    exchange: (step): Verdict => {
      steps.push(step)
      if (step.method !== METHOD) return { reasonCode: ReasonCode.BadAuthenticationMethod }
      const said = new TextDecoder().decode(step.data)
      if (said === 'hello') return { reasonCode: 0x18, authenticationData: bytes('who?') }
      if (said !== 'bob' && said !== 'root') return { reasonCode: ReasonCode.NotAuthorized }
      return { reasonCode: 0, principal: said, authenticationData: bytes(`welcome ${said}`) }
    },
  }
}

/** A client that has gone through both steps. */
export async function letIn(guards: Guards = scripted([])): Promise<{ world: World; peer: Peer }> {
  const world = await openWorld({ guards })
  const peer = world.dial()
  peer.send(hello(), auth(0x18, 'bob'))
  peer.take()
  return { world, peer }
}

/** A guard that leaves each step to the test. */
export async function slowly(): Promise<{ world: World; slow: SlowGuard<ExchangeStep, Verdict> }> {
  const slow = new SlowGuard<ExchangeStep, Verdict>()
  return { world: await openWorld({ guards: { exchange: slow.guard } }), slow }
}

/** The CONNECT that begins it. */
export function hello(fields: Parameters<typeof connect>[0] = {}): Packet {
  const properties = { authenticationMethod: METHOD, authenticationData: bytes('hello') }
  return connect({ ...fields, properties: { ...properties, ...fields.properties } })
}

/** An AUTH, of either end. */
export function auth(reasonCode: 0 | 0x18 | 0x19, data?: string, method: string = METHOD): Packet {
  const properties = { authenticationMethod: method }
  return {
    type: 'auth',
    reasonCode,
    properties:
      data === undefined ? properties : { ...properties, authenticationData: bytes(data) },
  }
}

/** A text as data of the mechanism. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
