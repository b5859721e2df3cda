// The test aids themselves: a model that finds no fault with anything would prove nothing.

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  DeliveryLedger,
  exchangeCommands,
  ExchangeModel,
  ExchangePair,
  Link,
  numberIn,
  publishOf,
  ReceiverRules,
  runExchanges,
  SenderRules,
} from '../src/testing/index.ts'
import type { NumberedMessage } from '../src/testing/index.ts'

describe('a link', () => {
  it('keeps bytes in order until they arrive', () => {
    const { forth } = new Link()
    forth.write(Uint8Array.of(1, 2, 3))
    forth.write(Uint8Array.of(4))
    expect(forth.underWay).toBe(4)
    expect(forth.arrive(2)).toEqual(Uint8Array.of(1, 2))
    expect(forth.arrive(100)).toEqual(Uint8Array.of(3, 4))
    expect([forth.underWay, forth.arrive(1).length]).toEqual([0, 0])
  })

  it('loses what is under way when it is cut, in both directions', () => {
    const link = new Link()
    link.forth.write(Uint8Array.of(1))
    link.back.write(Uint8Array.of(2, 3))
    link.cut()
    expect([link.forth.underWay, link.back.underWay]).toEqual([0, 0])
  })
})

describe('a numbered message', () => {
  it('is known by its packet', () => {
    const packet = publishOf(message(40_000), 7, true)
    expect(packet).toMatchObject({ type: 'publish', topic: 'a', qos: 1, packetId: 7, dup: true })
    expect(numberIn(packet)).toBe(40_000)
  })
})

describe('the commands', () => {
  it('say what they do, and lead through every kind of step', () => {
    const texts = fc.sample(exchangeCommands(), 50).map((commands) => {
      runExchanges(5, commands)
      return Array.from(commands, (command) => command.toString())
    })
    for (const name of ['begin', 'carry', 'settle', 'makeRoom', 'connect', 'cut', 'withdraw']) {
      expect(texts.join()).toContain(`${name}(`)
    }
  })

  it('leave nothing behind', () => {
    const model = new ExchangeModel()
    const pair = new ExchangePair(5, model)
    pair.connect({ receiveMaximum: 5, quota: 5, room: 0, takesLarge: true })
    pair.begin(2, 'a')
    pair.cut(1000, 0)
    pair.finish()
    expect([model.sender.unfinished, model.receiver.taken]).toEqual([[], []])
  })
})

describe('the rules of a sender find', () => {
  it('a PUBLISH beyond the quota', () => {
    const rules = sending(1)
    rules.published(publishOf(message(1), 1, false))
    expect(() => rules.published(publishOf(message(2), 2, false))).toThrow('quota')
  })

  it.each([0, 1])('a new PUBLISH with the identifier %i, where 1 is in use', (packetId) => {
    const rules = sending()
    rules.published(publishOf(message(1), 1, false))
    expect(() => rules.published(publishOf(message(2), packetId, false))).toThrow('unused')
  })

  it('a PUBLISH that is sent again without DUP', () => {
    const rules = sentOnce()
    expect(() => rules.published(publishOf(message(1), 1, false))).toThrow('has DUP')
  })

  it('a PUBLISH that is sent again on the same connection', () => {
    const rules = sending()
    rules.published(publishOf(message(1), 1, false))
    expect(() => rules.published(publishOf(message(1), 1, true))).toThrow('sent again once')
  })

  it('a PUBLISH that is sent again with another identifier, or another QoS', () => {
    const again = (packetId: number, qos: 1 | 2) => () =>
      sentOnce().published(publishOf({ ...message(1), qos }, packetId, true))
    expect(again(2, 1)).toThrow('first identifier')
    expect(again(1, 2)).toThrow('first identifier')
    expect(again(1, 1)).not.toThrow()
  })

  it('a PUBLISH that is sent again before an older one', () => {
    const rules = sending()
    rules.published(publishOf(message(1), 1, false))
    rules.published(publishOf(message(2), 2, false))
    rules.connected(10)
    expect(() => rules.published(publishOf(message(2), 2, true))).toThrow('in order')
  })

  it('a new PUBLISH before what is sent again', () => {
    expect(() => sentOnce().published(publishOf(message(2), 2, false))).toThrow('overtakes')
  })

  it('a PUBREL that nothing asked for', () => {
    const rules = sending()
    rules.published(publishOf({ ...message(1), qos: 2 }, 1, false))
    expect(() => rules.released(1)).toThrow('PUBRELs go out once each')
  })

  it('PUBRELs in another order than that of the PUBRECs', () => {
    const rules = releasing()
    expect(() => rules.released(1)).toThrow('in the order of PUBRECs')
    rules.released(2)
    rules.released(1)
    rules.published(publishOf({ ...message(3), qos: 2 }, 3, true))
    expect(rules.resending).toBe(false)
  })

  it('a PUBLISH before the PUBRELs that are sent again', () => {
    const packet = publishOf({ ...message(3), qos: 2 }, 3, true)
    expect(() => releasing().published(packet)).toThrow('before PUBLISHes')
  })

  it('a PUBREL that goes out twice for one PUBREC that came twice', () => {
    const rules = releasing()
    expect(rules.received('pubrec', 2, 0)).toBe('release')
    rules.released(1)
    rules.released(2)
    expect(() => rules.released(2)).toThrow('once each')
  })

  it('a PUBCOMP before its PUBREC', () => {
    const rules = releasing()
    expect(rules.received('pubcomp', 3, 0)).toBe('unknown')
    expect(rules.received('pubcomp', 2, 0)).toBe('settled')
    expect(rules.received('pubcomp', 2, 0)).toBe('unknown')
    expect(rules.received('puback', 1, 0)).toBe('unknown')
  })

  it('something given up that was not to be sent', () => {
    const rules = sending()
    rules.published(publishOf(message(1), 1, false))
    expect(() => rules.gaveUp(1)).toThrow('the first that is due')
    rules.connected(10)
    rules.gaveUp(1)
    expect(rules.unfinished).toEqual([])
  })

  it('a message of QoS 2 that is withdrawn', () => {
    const rules = releasing()
    rules.cut()
    expect(() => rules.withdrawn([3])).toThrow('QoS 2')
  })
})

describe('the rules of a receiver find', () => {
  it('a PUBLISH beyond the Receive Maximum', () => {
    const rules = receiving(1)
    expect(rules.arrived(2, 1)).toBe('deliver')
    expect(() => rules.arrived(1, 2)).toThrow('Receive Maximum')
  })

  it('an answer to nothing, or before it is settled', () => {
    const rules = receiving()
    expect(() => rules.answered('puback', 1, 0)).toThrow('answered when settled')
    rules.arrived(1, 1)
    expect(() => rules.answered('puback', 1, 0)).toThrow('answered when settled')
  })

  it('the wrong answer', () => {
    const answer = (type: 'puback' | 'pubrec', packetId: number, reasonCode: 0 | 0x87) => () => {
      const rules = receiving()
      rules.arrived(1, 1)
      rules.settled(1, 1, 0)
      rules.answered(type, packetId, reasonCode)
    }
    expect(answer('pubrec', 1, 0)).toThrow('answered when settled')
    expect(answer('puback', 2, 0)).toThrow('answered when settled')
    expect(answer('puback', 1, 0x87)).toThrow('answered when settled')
    expect(answer('puback', 1, 0)).not.toThrow()
  })

  it('answers in another order than that of the PUBLISHes', () => {
    const rules = receiving()
    rules.arrived(1, 1)
    rules.arrived(2, 2)
    rules.settled(2, 2, 0)
    expect(() => rules.answered('pubrec', 2, 0)).toThrow('in order')
  })

  it('an answer that is missing', () => {
    const rules = receiving()
    rules.arrived(1, 1)
    rules.quiet()
    rules.settled(1, 1, 0)
    expect(() => rules.quiet()).toThrow('answered at once')
  })
})

describe('the ledger finds', () => {
  it('a message that comes twice on one connection', () => {
    const ledger = ledgerOf(message(1))
    ledger.delivered(1, false)
    expect(() => ledger.delivered(1, true)).toThrow('nothing comes twice')
  })

  it('a message that comes again without DUP', () => {
    const ledger = ledgerOf(message(1))
    ledger.delivered(1, false)
    ledger.connected()
    expect(() => ledger.delivered(1, false)).toThrow('only a resend is a duplicate')
    ledger.delivered(1, true)
  })

  it('messages out of order, on one connection and over several', () => {
    const ledger = ledgerOf(message(1), message(2))
    ledger.delivered(2, false)
    expect(() => ledger.delivered(1, false)).toThrow('out of order')
    ledger.connected()
    expect(() => ledger.delivered(1, true)).toThrow('come in order')
  })

  it('no fault with the order of different topics, or different QoS', () => {
    const other = { ...message(2), topic: 'b' }
    const ledger = ledgerOf(message(1), other, { ...message(3), qos: 2 })
    for (const number of [3, 2, 1]) ledger.delivered(number, false)
    expect(() => ledger.closed()).toThrow('arrives')
  })

  it('a message of QoS 2 that is delivered twice', () => {
    const ledger = ledgerOf({ ...message(1), qos: 2 })
    ledger.delivered(1, false)
    ledger.connected()
    expect(() => ledger.delivered(1, true)).toThrow('exactly once')
    ledger.refused(1)
    ledger.delivered(1, true)
  })

  it('a message of QoS 2 that is accepted twice', () => {
    const ledger = ledgerOf({ ...message(1), qos: 2 })
    ledger.accepted(1)
    ledger.closed()
    ledger.accepted(1)
    expect(() => ledger.closed()).toThrow('accepted exactly once')
  })

  it('a message that does not arrive, unless its sender let go of it', () => {
    const ledger = ledgerOf(message(1))
    expect(() => ledger.closed()).toThrow('every message arrives')
    ledger.excused(1)
    ledger.closed()
  })

  it('a message that nobody sent', () => {
    expect(() => new DeliveryLedger().delivered(1, false)).toThrow('what arrives was sent')
  })
})

describe('the model finds', () => {
  it('an exchange without an end', () => {
    const model = new ExchangeModel()
    model.sender.connected(1)
    model.sender.published(publishOf(message(1), 1, false))
    expect(() => model.closed()).toThrow('comes to its end')
  })

  it('an identifier that stays in use', () => {
    const model = new ExchangeModel()
    model.receiver.connected(1)
    model.receiver.arrived(2, 1)
    expect(() => model.closed()).toThrow('stays in use')
  })
})

function message(number: number): NumberedMessage {
  return { number, topic: 'a', qos: 1 }
}

function sending(receiveMaximum = 10): SenderRules {
  const rules = new SenderRules(65_535)
  rules.connected(receiveMaximum)
  return rules
}

/** Message 1 was sent on an earlier connection. */
function sentOnce(): SenderRules {
  const rules = sending()
  rules.published(publishOf(message(1), 1, false))
  rules.connected(10)
  return rules
}

/** Messages 1 to 3 of QoS 2 were sent on an earlier connection, where PUBREC came for 2 and 1. */
function releasing(): SenderRules {
  const rules = sending()
  for (const number of [1, 2, 3]) {
    rules.published(publishOf({ ...message(number), qos: 2 }, number, false))
  }
  rules.received('pubrec', 2, 0)
  rules.received('pubrec', 1, 0)
  rules.connected(10)
  return rules
}

function receiving(receiveMaximum = 10): ReceiverRules {
  const rules = new ReceiverRules()
  rules.connected(receiveMaximum)
  return rules
}

function ledgerOf(...messages: readonly NumberedMessage[]): DeliveryLedger {
  const ledger = new DeliveryLedger()
  for (const each of messages) ledger.begun(each)
  return ledger
}
