/** `@godwit/testing`: a broker and its clients in one process, for tests. */
export { testBroker } from './test-broker.ts'
export { TestMessage } from './test-message.ts'
export type { PacketOf, Passage, Sender, WirePacket } from './wire-packet.ts'
export type {
  AdvanceOptions,
  CutOptions,
  DropOptions,
  SideOptions,
  World,
  WorldOptions,
} from './world.ts'
export type {
  TestPublishOptions,
  WaitOptions,
  WorldBroker,
  WorldBrokerOptions,
} from './world-broker.ts'
