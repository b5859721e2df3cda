/** Whatever can happen to a session, as commands of fast-check. */
import type { ProtocolVersion, ReasonCode } from '@godwit/codec'
import * as fc from 'fast-check'
import { ExchangeModel } from './exchange-model.ts'
import { ExchangePair } from './exchange-pair.ts'
import { LARGE } from './sending-end.ts'

/** Something that happens, where the model says that it can. */
export type ExchangeCommand = fc.Command<ExchangeModel, ExchangePair>

/** Sequences of what happens between a sender and a receiver of messages on these topics. */
export function exchangeCommands(
  topics: readonly string[] = ['a', 'b', LARGE],
): fc.Arbitrary<Iterable<ExchangeCommand>> {
  const often = [begins(topics), carries(), settles(), connections()]
  const commands = [...often, ...often, ...often, roomIsMade(), cuts(), withdrawals()]
  return fc.commands(commands, { maxCommands: 200, size: 'max' })
}

/**
 * Lets it all happen, and then keeps the link up. Few Packet Identifiers are soon used again.
 * @throws {Error} for a rule that was broken.
 */
export function runExchanges(
  version: ProtocolVersion,
  commands: Iterable<ExchangeCommand>,
  identifiers?: number,
): void {
  const model = new ExchangeModel(identifiers)
  const real = new ExchangePair(version, model)
  real.connect({ receiveMaximum: 5, quota: 5, room: 0, takesLarge: true })
  fc.modelRun(() => ({ model, real }), commands)
  real.finish()
}

function begins(topics: readonly string[]): fc.Arbitrary<ExchangeCommand> {
  return fc
    .tuple(fc.constantFrom(1, 2), fc.constantFrom(...topics))
    .map(([qos, topic]) =>
      command(`begin(${qos}, '${topic}')`, always, (real) => real.begin(qos, topic)),
    )
}

function carries(): fc.Arbitrary<ExchangeCommand> {
  return bytes().map(([forth, back]) =>
    command(`carry(${forth}, ${back})`, whileConnected, (real) => real.carry(forth, back)),
  )
}

function settles(): fc.Arbitrary<ExchangeCommand> {
  const codes = fc.constantFrom<ReasonCode[]>(0x00, 0x00, 0x00, 0x10, 0x87, 0x97)
  return fc
    .tuple(fc.nat(7), codes)
    .map(([index, code]) =>
      command(`settle(${index}, ${code})`, always, (real) => real.settle(index, code)),
    )
}

function roomIsMade(): fc.Arbitrary<ExchangeCommand> {
  return fc
    .integer({ min: 1, max: 4 })
    .map((room) => command(`makeRoom(${room})`, whileConnected, (real) => real.makeRoom(room)))
}

function connections(): fc.Arbitrary<ExchangeCommand> {
  const few = fc.integer({ min: 1, max: 6 })
  return fc
    .record({ receiveMaximum: few, quota: few, room: fc.nat(5), takesLarge: fc.boolean() })
    .map((terms) =>
      command(`connect(${fc.stringify(terms)})`, whileCut, (real) => real.connect(terms)),
    )
}

function cuts(): fc.Arbitrary<ExchangeCommand> {
  return bytes().map(([forth, back]) =>
    command(`cut(${forth}, ${back})`, whileConnected, (real) => real.cut(forth, back)),
  )
}

function withdrawals(): fc.Arbitrary<ExchangeCommand> {
  return fc.constant(command(`withdraw('b')`, whileCut, (real) => real.withdraw('b')))
}

/** How many bytes arrive: some, or all there are. */
function bytes(): fc.Arbitrary<[number, number]> {
  const some = fc.oneof(fc.nat(40), fc.constant(10_000))
  return fc.tuple(some, some)
}

const always = (): boolean => true
const whileConnected = ({ isConnected }: Readonly<ExchangeModel>): boolean => isConnected
const whileCut = ({ isConnected }: Readonly<ExchangeModel>): boolean => !isConnected

function command(
  text: string,
  check: (model: Readonly<ExchangeModel>) => boolean,
  happen: (real: ExchangePair) => void,
): ExchangeCommand {
  return {
    check,
    run: (_, real) => {
      happen(real)
      real.check()
    },
    toString: () => text,
  }
}
