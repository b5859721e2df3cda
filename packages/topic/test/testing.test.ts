/*
 * The reference itself, against the examples of section 4.7.
 */
import { describe, expect, it } from 'vitest'
import { naiveMatches } from '../src/testing/index.ts'

describe('naiveMatches', () => {
  it.each([
    ['sport/tennis/player1/#', 'sport/tennis/player1', true],
    ['sport/tennis/player1/#', 'sport/tennis/player1/score/wimbledon', true],
    ['sport/#', 'sport', true],
    ['sport/tennis/+', 'sport/tennis/player1/ranking', false],
    ['sport/+', 'sport', false],
    ['sport/+', 'sport/', true],
    ['+/+', '/finance', true],
    ['/+', '/finance', true],
    ['+', '/finance', false],
    ['#', '$SYS/uptime', false],
    ['+/monitor/Clients', '$SYS/monitor/Clients', false],
    ['$SYS/#', '$SYS/uptime', true],
    ['a/b/#', 'a', false],
    ['a/b', 'a/c', false],
  ])('says of %j and %j: %j [MQTT-4.7.2-1]', (filter, topicName, expected) => {
    expect(naiveMatches(filter, topicName)).toBe(expected)
  })
})
