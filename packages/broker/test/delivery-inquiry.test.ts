// Questions about what waits on disk: one at a time, when it is to be sent.

import { ReasonCode } from '@godwit/codec'
import { expect, it } from 'vitest'
import { Delivery } from '../src/delivery.ts'
import { DeliveryInquiry } from '../src/delivery-inquiry.ts'
import type { Guarding } from '../src/guarding.ts'
import type { Action } from '../src/index.ts'
import type { ClientInfo } from '../src/observers.ts'
import { messageTo } from './recording-member.ts'
import { SlowGuard } from './slow-guard.ts'

const CLIENT: ClientInfo = {
  clientId: 'c',
  username: undefined,
  principal: undefined,
  version: 5,
  remoteAddress: '',
}

it('an answer that is given at once is given', () => {
  const asked: unknown[] = []
  const inquiry = inquiryWith((action, client) => {
    asked.push([action, client])
    return ReasonCode.NotAuthorized
  })
  expect(inquiry.decisionOn(deliveryOf('a'))).toBe(ReasonCode.NotAuthorized)
  expect(asked).toEqual([[{ type: 'deliver', topic: 'a', qos: 1, retain: true }, CLIENT]])
})

it('an answer that takes time is there when it was given, for the one it was about', async () => {
  const slow = new SlowGuard<Action, ReasonCode>()
  const pumps: string[] = []
  const inquiry = inquiryWith(slow.guard, pumps)
  const [first, second] = [deliveryOf('a'), deliveryOf('b')]
  expect([inquiry.decisionOn(first), inquiry.decisionOn(first)]).toEqual([undefined, undefined])
  expect(slow.asked).toHaveLength(1)
  slow.answer(0, ReasonCode.Success)
  await settled()
  expect([pumps, inquiry.decisionOn(first)]).toEqual([['pump'], ReasonCode.Success])
  expect(inquiry.decisionOn(second)).toBeUndefined()
  expect(slow.asked).toHaveLength(2)
})

it('an answer about one that is not wanted any more is not heard', async () => {
  const slow = new SlowGuard<Action, ReasonCode>()
  const pumps: string[] = []
  const inquiry = inquiryWith(slow.guard, pumps)
  const [first, second] = [deliveryOf('a'), deliveryOf('b')]
  inquiry.decisionOn(first)
  inquiry.decisionOn(second)
  slow.answer(0, ReasonCode.NotAuthorized)
  await settled()
  expect([pumps, inquiry.decisionOn(second)]).toEqual([[], undefined])
})

it('an answer from before the rights have changed counts no longer', async () => {
  const slow = new SlowGuard<Action, ReasonCode>()
  const pumps: string[] = []
  const inquiry = inquiryWith(slow.guard, pumps)
  const one = deliveryOf('a')
  inquiry.decisionOn(one)
  inquiry.renew()
  slow.answer(0, ReasonCode.Success)
  await settled()
  expect([pumps, inquiry.decisionOn(one), slow.asked.length]).toEqual([[], undefined, 2])
})

it('nobody is asked about one that is not in the log: nobody gets it', () => {
  const inquiry = inquiryWith(() => {
    throw new Error('asked')
  })
  const lost = new Delivery(undefined, { terms: TERMS, qos: 1, retain: false })
  lost.missing = true
  expect(inquiry.decisionOn(lost)).toBe(ReasonCode.Success)
})

const TERMS = {
  qos: 1,
  retainAsPublished: false,
  subscriptionIdentifiers: undefined,
  share: undefined,
} as const

function deliveryOf(topic: string): Delivery {
  return new Delivery(messageTo(topic), { terms: TERMS, qos: 1, retain: true })
}

function inquiryWith(authorize: Guarding['authorize'], pumps: string[] = []): DeliveryInquiry {
  return new DeliveryInquiry({ client: CLIENT, pump: () => void pumps.push('pump') }, { authorize })
}

async function settled(): Promise<void> {
  await Promise.resolve()
  await Promise.resolve()
}
