/** Every oracle finds what it is for in a history made by hand, and is content without it. */
import { describe, expect, it } from 'vitest'
import { History, keyOf } from '../src/history.ts'
import type { Message, Violation, Wish } from '../src/history.ts'
import { isComplete, judge } from '../src/oracles/verdict.ts'
import { timelineOf } from '../src/timeline.ts'

describe('a message that was acknowledged', () => {
  it('is lost if it does not reach a session that was subscribed', () => {
    const history = new History()
    subscribe(history, 'one')
    subscribe(history, 'two')
    const message = publish(history, 1)
    deliver(history, 'one', message)
    expect(isComplete(history)).toBe(false)
    expect(found(history)).toEqual(['lost: t 1 never reached two'])
  })

  it('is not lost if it reaches all', () => {
    const history = new History()
    subscribe(history, 'one')
    deliver(history, 'one', publish(history, 1))
    expect(isComplete(history)).toBe(true)
    expect(found(history)).toEqual([])
  })

  it('is not owed to who subscribes or unsubscribes while it is under way', () => {
    const history = new History()
    const leaving = subscribe(history, 'leaving')
    const message = send(history, 1)
    subscribe(history, 'coming')
    history.advanced(leaving, 'endingAt')
    settle(history, message)
    expect(found(history)).toEqual([])
  })

  it('is not owed to who gives its filter up before it comes', () => {
    const history = new History()
    const wish = subscribe(history, 'one')
    publish(history, 1)
    history.advanced(wish, 'endingAt')
    expect(found(history)).toEqual([])
  })

  it('is owed to who gave up another filter', () => {
    const history = new History()
    subscribe(history, 'one')
    const other = subscribe(history, 'one', { filter: 'other' })
    history.advanced(other, 'endingAt')
    publish(history, 1)
    expect(found(history)).toEqual(['lost: t 1 never reached one'])
  })

  it('is not owed if it was never acknowledged', () => {
    const history = new History()
    subscribe(history, 'one')
    send(history, 1)
    expect(found(history)).toEqual([])
  })
})

describe('a message that comes again', () => {
  it('is a duplicate at QoS 2', () => {
    const history = new History()
    subscribe(history, 'one')
    const message = publish(history, 1)
    deliver(history, 'one', message)
    deliver(history, 'one', message)
    expect(found(history)).toEqual(['duplicate: t 1 reached one 2 times'])
  })

  it('is a repetition at QoS 1', () => {
    const history = new History()
    subscribe(history, 'one', { qos: 1 })
    const message = publish(history, 1)
    deliver(history, 'one', message, 1)
    deliver(history, 'one', message, 1)
    expect(found(history)).toEqual([])
    expect(judge(history)).toMatchObject({
      delivered: 1,
      repeated: 1,
      acknowledged: { 1: 0, 2: 1 },
    })
  })
})

describe('the order of a topic', () => {
  it('is broken by an older message that comes for the first time', () => {
    const history = new History()
    subscribe(history, 'one')
    const [first, second] = [publish(history, 1), publish(history, 2)]
    deliver(history, 'one', second)
    deliver(history, 'one', first)
    expect(found(history)).toEqual(['disorder: t 1 reached one after number 2'])
  })

  it('is not broken by repetitions', () => {
    const history = new History()
    subscribe(history, 'one', { qos: 1 })
    const messages = [publish(history, 1), publish(history, 2), publish(history, 3)]
    for (const index of [0, 1, 0, 1, 2]) deliver(history, 'one', messages[index]!, 1)
    expect(found(history)).toEqual([])
  })

  it('is that of each topic alone', () => {
    const history = new History()
    subscribe(history, 'one', { filter: '+' })
    const [here, there] = [publish(history, 1), publish(history, 1, { topic: 'u' })]
    const later = publish(history, 2)
    for (const message of [here, later, there]) deliver(history, 'one', message)
    expect(found(history)).toEqual([])
  })

  it('does not count what was first sent before the subscription', () => {
    const history = new History()
    const early = send(history, 1, { qos: 1 })
    subscribe(history, 'one', { qos: 1 })
    const late = publish(history, 2, { qos: 1 })
    history.resent(early)
    settle(history, early)
    deliver(history, 'one', late, 1)
    deliver(history, 'one', early, 1)
    expect(found(history)).toEqual([])
  })
})

describe('a message that nobody may be sent', () => {
  it('is one that was never published', () => {
    const history = new History()
    subscribe(history, 'one')
    history.delivered('one', { publisher: 'p', topic: 't', sequence: 7 }, { qos: 2, retain: false })
    expect(found(history)).toEqual(['invented: t 7 reached one, and nobody published it'])
  })

  it('is one that was published after UNSUBACK', () => {
    const history = new History()
    const wish = subscribe(history, 'one')
    history.advanced(wish, 'endingAt')
    history.advanced(wish, 'endedAt')
    deliver(history, 'one', publish(history, 1))
    const sentence = 't 1 reached one, which was not subscribed to it then'
    expect(found(history)).toEqual([`invented: ${sentence}`])
  })

  it('is not one that was published before UNSUBACK and comes later', () => {
    const history = new History()
    const wish = subscribe(history, 'one')
    const message = publish(history, 1)
    history.advanced(wish, 'endingAt')
    history.advanced(wish, 'endedAt')
    deliver(history, 'one', message)
    expect(found(history)).toEqual([])
  })

  it('is one at another QoS than was agreed', () => {
    const history = new History()
    subscribe(history, 'one', { qos: 1 })
    deliver(history, 'one', publish(history, 1))
    const sentence = 't 1 reached one, at QoS 2, which is not what was agreed'
    expect(found(history)).toEqual([`invented: ${sentence}`])
  })
})

describe('a shared group', () => {
  it('loses a message that reaches none of its members', () => {
    const history = new History()
    for (const member of ['one', 'two']) subscribe(history, member, { filter: '$share/g/t' })
    publish(history, 1)
    expect(found(history)).toEqual(['lost: t 1 never reached a member of $share/g/t'])
  })

  it('is sent a message of QoS 2 once, whichever member gets it', () => {
    const history = new History()
    for (const member of ['one', 'two']) subscribe(history, member, { filter: '$share/g/t' })
    const [once, twice] = [publish(history, 1), publish(history, 2)]
    deliver(history, 'two', once)
    deliver(history, 'one', twice)
    deliver(history, 'two', twice)
    expect(found(history)).toEqual(['duplicate: t 2 reached members of $share/g/t 2 times'])
  })
})

describe('a session', () => {
  it('is there when it comes back', () => {
    const history = new History()
    history.resumed('one', false, false)
    history.resumed('one', true, true)
    history.resumed('two', undefined, true)
    expect(found(history)).toEqual([])
    history.resumed('one', true, false)
    expect(judge(history).violations).toMatchObject([{ kind: 'session' }])
  })
})

describe('a Retained Message', () => {
  it('is the last one settled, or a later one', () => {
    const history = new History()
    publish(history, 1, { retain: true })
    publish(history, 2, { retain: true })
    const askedAt = history.now()
    send(history, 3, { retain: true })
    read(history, askedAt, 2)
    read(history, askedAt, 3)
    expect(found(history)).toEqual([])
  })

  it('is not an older one, none, or one that was never sent', () => {
    const history = new History()
    publish(history, 1, { retain: true })
    publish(history, 2, { retain: true })
    const askedAt = history.now()
    read(history, askedAt, 1)
    read(history, askedAt, undefined)
    read(history, askedAt, 9)
    expect(found(history)).toEqual([
      'retained: reader found number 1 on t, where number 2 was settled',
      'retained: reader found nothing on t, where number 2 was settled',
      'retained: reader found number 9 on t, which nobody had retained',
    ])
  })

  it('reaches a session that subscribes later', () => {
    const history = new History()
    const message = publish(history, 1, { retain: true })
    subscribe(history, 'one')
    const sentence = 'one subscribed and was not sent number 1 retained on t'
    expect(found(history)).toEqual([`retained: ${sentence}`])
    history.delivered('one', message, { qos: 2, retain: true })
    expect(found(history)).toEqual([])
  })
})

describe('a Will', () => {
  it('reaches who was subscribed when its connection was lost', () => {
    const history = new History()
    subscribe(history, 'one')
    const will = history.offered({ publisher: 'mortal', topic: 't', sequence: 1 }, 2)
    history.passed(will, 'heldAt')
    expect(found(history)).toEqual([])
    history.passed(will, 'lostAt')
    expect(found(history)).toEqual(['will: The will t 1 never reached one'])
    history.delivered('one', will, { qos: 2, retain: false })
    expect(found(history)).toEqual([])
    history.delivered('one', will, { qos: 2, retain: false })
    expect(found(history)).toEqual(['duplicate: t 1 reached one 2 times'])
  })

  it('is not owed if its client left in order, or was never let in', () => {
    const history = new History()
    subscribe(history, 'one')
    history.offered({ publisher: 'mortal', topic: 't', sequence: 1 }, 2)
    const will = history.offered({ publisher: 'mortal', topic: 't', sequence: 2 }, 2)
    history.passed(will, 'heldAt')
    will.forgone = true
    history.passed(will, 'lostAt')
    expect(found(history)).toEqual([])
  })
})

describe('the timeline of a message', () => {
  it('tells its moments and the blows in order', () => {
    let now = 0
    const history = new History(() => now++)
    const message = send(history, 1)
    history.struck('SIGKILL')
    history.resent(message)
    settle(history, message)
    deliver(history, 'one', message)
    expect(timelineOf(history, { key: keyOf(message) }).map((line) => line.trim())).toEqual([
      '1.0 ms  sent by p (QoS 2)',
      '2.0 ms  -- SIGKILL --',
      '3.0 ms  sent again by p (QoS 2)',
      '4.0 ms  acknowledged (PUBREC)',
      '5.0 ms  settled (PUBCOMP)',
      '6.0 ms  delivered to one (QoS 2)',
    ])
  })
})

function found(history: History): readonly string[] {
  return judge(history).violations.map(({ kind, sentence }: Violation) => `${kind}: ${sentence}`)
}

function subscribe(
  history: History,
  session: string,
  { filter = 't', qos = 2 }: { readonly filter?: string; readonly qos?: 1 | 2 } = {},
): Wish {
  const wish = history.asked(session, filter, qos)
  history.advanced(wish, 'grantedAt')
  return wish
}

type How = Partial<Pick<Message, 'topic' | 'qos' | 'retain'>>

function send(history: History, sequence: number, how: How = {}): Message {
  return history.sent({ publisher: 'p', topic: 't', sequence, qos: 2, retain: false, ...how })
}

function settle(history: History, message: Message): void {
  history.acknowledged(message)
  history.settled(message)
}

function publish(history: History, sequence: number, how: How = {}): Message {
  const message = send(history, sequence, how)
  settle(history, message)
  return message
}

function deliver(history: History, session: string, message: Message, qos = message.qos): void {
  history.delivered(session, message, { qos, retain: false })
}

function read(history: History, askedAt: number, sequence: number | undefined): void {
  const found = new Map(sequence === undefined ? [] : [['t', sequence]])
  history.read({ reader: 'reader', filter: 't', askedAt, found })
}
