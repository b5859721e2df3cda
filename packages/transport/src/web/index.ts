// The side of browsers, of workers, and of whatever else has the WebSocket and the timers of the
// web: no module of Node, nothing of a page.

export { dialWebSocket, type DialWebSocketOptions } from './websocket-dialer.ts'
export { platformClock } from './platform-clock.ts'
export type { PlatformWebSocket, PlatformWebSocketConstructor } from './platform-websocket.ts'
