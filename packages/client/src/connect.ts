/** How a client comes into being: `connect` and `open`, for whatever an entry point can dial. */
import { GodwitClient } from './godwit-client.ts'
import type { Client } from './client.ts'
import type { ConnectOptions } from './options.ts'
import { settingsOf } from './settings.ts'
import type { Platform } from './settings.ts'

/** See the entry points. */
export async function connectOn(
  platform: Platform,
  url: string | URL,
  options: ConnectOptions = {},
): Promise<Client> {
  options.signal?.throwIfAborted()
  const client = new GodwitClient(settingsOf(url, options, platform), false)
  try {
    await client.started
    return client
  } catch (error) {
    options.signal?.throwIfAborted()
    throw error
  }
}

/** See the entry points. */
export function openOn(
  platform: Platform,
  url: string | URL,
  options: ConnectOptions = {},
): Client {
  return new GodwitClient(settingsOf(url, options, platform), true)
}
