// The choice of the WebSocket subprotocol.

/** Chooses among the subprotocols that a client offers; undefined if none of them is MQTT. */
export function chooseSubprotocol(offered: Iterable<string>): string | undefined {
  const names = new Set(offered)
  return ACCEPTED.find((name) => names.has(name))
}

/** The names in a Sec-WebSocket-Protocol header; empty if there is none. */
export function offeredSubprotocols(header: string | undefined): string[] {
  return header === undefined ? [] : header.split(',').map((name) => name.trim())
}

// Clients of MQTT 3.1, which precedes the standard's name, offer the second.
const ACCEPTED = ['mqtt', 'mqttv3.1'] // [MQTT-6.0.0-3] [MQTT-6.0.0-4]
