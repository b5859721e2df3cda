/**
 * `@godwit/session/testing`: a reference model of QoS 1 and QoS 2, and a link to run it over that
 * can be cut at any byte. For fast-check, which its user installs.
 */
export { DeliveryLedger } from './delivery-ledger.ts'
export { exchangeCommands, runExchanges } from './exchange-commands.ts'
export type { ExchangeCommand } from './exchange-commands.ts'
export { ExchangeModel } from './exchange-model.ts'
export { ExchangePair } from './exchange-pair.ts'
export type { ConnectionTerms } from './exchange-pair.ts'
export { Link, Pipe } from './link.ts'
export { numberIn, publishOf } from './numbered-message.ts'
export type { NumberedMessage } from './numbered-message.ts'
export { ReceiverRules } from './receiver-rules.ts'
export { SenderRules } from './sender-rules.ts'
