/** What an operator must know at a glance: what listens where, who may come, what is kept. */
import { version } from './version.ts'
import type { Keeping } from './keeping.ts'

/** The banner, with a line break at its end. */
export function banner(urls: readonly string[], keeping: Keeping): string {
  return [
    `Godwit ${version}, an MQTT 3.1, 3.1.1 and 5.0 broker`,
    `  listens   ${urls.join(', ')}`,
    `  open to   ${openTo(urls)}`,
    `  durable   ${durable(keeping)}`,
    '',
  ].join('\n')
}

/** Judged by what is bound in truth: a name may stand for any address. */
function openTo(urls: readonly string[]): string {
  if (!urls.every(isLoopback)) {
    return 'EVERYONE who can reach this machine, without a password; --host 127.0.0.1 closes it'
  }
  // Any page may open a WebSocket to any address that its browser reaches.
  const pages = urls.some((url) => url.startsWith('ws:')) ? ' and web page' : ''
  return `every program${pages} on this machine, without a password; --host ADDRESS opens more`
}

function isLoopback(url: string): boolean {
  const { hostname } = new URL(url)
  return hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname)
}

function durable(keeping: Keeping): string {
  if (keeping.durability === 'memory') {
    return 'memory: nothing; sessions and retained messages end with the process'
  }
  const { durability, directory } = keeping
  return `${durability}: ${ACKNOWLEDGED[durability]}, in ${directory}`
}

const ACKNOWLEDGED = {
  fsync: 'acknowledged means on disk',
  os: 'acknowledged outlives the process, but not a power cut',
} as const
