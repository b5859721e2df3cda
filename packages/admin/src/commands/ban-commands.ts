/** `admin bans`: who is kept out. */
import { Argument, Command } from 'commander'
import type { NewBan } from '../backend.ts'
import { BAN_KINDS } from '../routes/bans.ts'
import type { BanKind } from '../views.ts'
import { act, printList } from './acting.ts'
import type { ListFlags } from './acting.ts'
import { durationOf } from './durations.ts'
import { visible } from './escaping.ts'
import { addListFlags, wholeNumber } from './flag-values.ts'
import type { Surroundings } from './surroundings.ts'

/** The command. */
export function bansCommand(surroundings: Surroundings): Command {
  const bans = new Command('bans').summary('clients, users and addresses that are kept out')
  bans.description('Lists bans, adds one, or lifts one. They end with the broker.')
  const list = addListFlags(bans.command('list', { isDefault: true }).summary('list them'))
  act<ListFlags>(list, surroundings, (acting) =>
    printList(acting, {
      page: (options) => acting.client.bans(options),
      names: ['kind', 'who', 'ends in', 'reason'],
      row: ({ kind, value, expiresInSeconds: left, reason }) => [
        kind,
        value,
        left === undefined ? 'never' : durationOf(left),
        reason,
      ],
    }),
  )
  const add = bans.command('add').summary('ban somebody, and disconnect whom it concerns')
  addWho(add)
    .option('--seconds <number>', 'for how long (default: until lifted)', wholeNumber(1, 1e9))
    .option('--reason <text>', 'why, for people')
  act<Pick<NewBan, 'seconds' | 'reason'>>(add, surroundings, async (acting) => {
    const { seconds, reason } = acting.flags
    const ban = { ...whoIs(acting.words), seconds, reason }
    await acting.client.ban(ban, acting.stop)
    acting.show(ban, () => banText(ban))
  })
  const lift = addWho(bans.command('lift').summary('lift one'))
  act(lift, surroundings, async ({ client, words, show, stop }) => {
    const { kind, value } = whoIs(words)
    await client.liftBan(kind, value, stop)
    show({ kind, value, lifted: true }, () => `The ban of ${visible(value)} is lifted.\n`)
  })
  return bans
}

/** That somebody is banned. */
export function banText({ kind, value, seconds }: NewBan): string {
  const end = seconds === undefined ? 'until the ban is lifted' : `for ${durationOf(seconds)}`
  return `The ${kind} ${visible(value)} is banned ${end}.\n`
}

function addWho(command: Command): Command {
  return command
    .addArgument(new Argument('<kind>', BAN_KINDS.join(', ')).choices(BAN_KINDS))
    .addArgument(new Argument('<who>', 'the Client Identifier, user name or address'))
}

function whoIs([kind, value = '']: readonly string[]): { kind: BanKind; value: string } {
  return { kind: BAN_KINDS.find((each) => each === kind) ?? 'client', value }
}
