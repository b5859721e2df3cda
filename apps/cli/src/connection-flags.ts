/**
 * The flags that say which server to connect to and how, the same for every command. Those of
 * mosquitto's programs work under their names too.
 *
 * A value comes from a flag, else from the connection that `--connection` names, else from the
 * environment, else from the default connection of the configuration file.
 */
import type { Command } from 'commander'
import { applyConfiguration } from './configuration/apply.ts'
import { addFlag } from './flags/flag.ts'
import {
  delaySeconds,
  keepAlive,
  port,
  protocolVersion,
  qos,
  sessionExpiry,
  timeoutSeconds,
} from './flags/flag-values.ts'
import { propertyWords } from './flags/packet-properties.ts'
import { addTlsFlags } from './flags/tls-flags.ts'

export { connectionOf } from './connection/connection.ts'
export type { Connection } from './connection/connection.ts'
export type { ConnectionFlags } from './flags/connection-flag-values.ts'

/** Adds the flags, and has the configuration file read before the command's action. */
export function addConnectionFlags(command: Command): Command {
  addServerFlags(command)
  addSessionFlags(command)
  addWillFlags(command)
  command.optionsGroup('TLS:')
  addTlsFlags(command)
  addRunFlags(command)
  command.hook('preAction', (_, actor) => applyConfiguration(actor))
  return command
}

function addServerFlags(command: Command): void {
  command.optionsGroup('Server:')
  const url = 'mqtt, mqtts, ws, wss or mqtt+unix; what is behind the host of mqtt is the topic'
  addFlag(command, '-L, --url <url>', url, { env: 'GODWIT_URL' })
  addFlag(command, '-h, --host <address>', 'a name or address (default: localhost)')
  const usual = 'the port (default: 1883, with TLS 8883)'
  addFlag(command, '-p, --port <number>', usual, { parse: port })
  addFlag(command, '--unix <path>', 'a socket of this machine instead of a host and port')
  addFlag(command, '-S, --srv', 'take host and port from the SRV record _mqtt._tcp of the host')
  addFlag(command, '-A, --bind <address>', 'the address of this machine to connect from')
  addFlag(command, '--proxy <url>', 'go by a proxy: socks5h://[user[:password]@]host[:port]')
  const patience = 'how long connecting may take (default: 10)'
  addFlag(command, '--connect-timeout <seconds>', patience, { parse: timeoutSeconds })
  addFlag(command, '--connection <name>', 'a connection of the configuration file', {
    env: 'GODWIT_CONNECTION',
  })
  const file = 'the configuration file (default: ~/.config/godwit/config.yaml)'
  addFlag(command, '--config <path>', file, { env: 'GODWIT_CONFIG' })
  // Small messages are never held back here: the flag of mosquitto's programs changes nothing.
  addFlag(command, '--nodelay', 'send small messages at once, which is always so', { hidden: true })
}

function addSessionFlags(command: Command): void {
  command.optionsGroup('Client and session:')
  addFlag(command, '-u, --username <name>', 'who to log in as', { env: 'GODWIT_USERNAME' })
  const seen = 'the password; other users of the machine can see flags'
  addFlag(command, '-P, --password <text>', seen, { aliases: ['--pw'], env: 'GODWIT_PASSWORD' })
  addFlag(command, '--password-file <path>', 'a file with the password in its first line')
  const id = 'the Client Identifier (default: godwit- and 16 random digits)'
  addFlag(command, '-i, --client-id <id>', id, { aliases: ['--id'], env: 'GODWIT_CLIENT_ID' })
  addFlag(
    command,
    '-I, --client-id-prefix <text>',
    'a Client Identifier of this and the process id',
    {
      aliases: ['--id-prefix'],
    },
  )
  addFlag(command, '-k, --keep-alive <seconds>', 'the longest silence; 0 is off (default: 60)', {
    aliases: ['--keepalive'],
    parse: keepAlive,
  })
  addFlag(command, '-V, --protocol-version <version>', '5, 3.1.1 or 3.1 (default: 5, else 3.1.1)', {
    parse: protocolVersion,
  })
  addFlag(
    command,
    '-c, --no-clean-start',
    'go on with the session of this id, and leave it there',
    {
      aliases: ['--disable-clean-session'],
    },
  )
  const expiry = 'how long the session outlives the connection; -1 is for ever'
  addFlag(command, '-x, --session-expiry <seconds>', expiry, { parse: sessionExpiry })
  addFlag(
    command,
    '-D, --property <packet name value>',
    'a property: of connect, publish, subscribe, disconnect, or the will',
    { parse: propertyWords },
  )
}

function addWillFlags(command: Command): void {
  command.optionsGroup('Will, which the server publishes if this client vanishes:')
  addFlag(command, '--will-topic <topic>', 'its topic')
  addFlag(command, '--will-payload <text>', 'its payload (default: none)')
  addFlag(command, '--will-qos <qos>', 'its QoS (default: 0)', { parse: qos })
  addFlag(command, '--will-retain', 'have it retained')
  addFlag(command, '--will-delay <seconds>', 'how long the server waits with it', {
    parse: delaySeconds,
  })
}

function addRunFlags(command: Command): void {
  command.optionsGroup('Other:')
  addFlag(command, '-d, --debug', 'tell on stderr what happens, packet by packet')
  addFlag(command, '--quiet', 'do not tell what goes wrong in the run; the exit code does')
}
