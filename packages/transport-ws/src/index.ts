// MQTT over WebSocket, the server's side (chapter 6 of the specification), on the `ws` package.

export { WebSocketListener, type WebSocketListenerOptions } from './websocket-listener.ts'
