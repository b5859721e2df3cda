/** Properties of messages as JSON and as the broker has them: bytes are base64. */
import type { PropertiesOf } from '@godwit/codec'
import type { Encoding, MessageProperties } from './views.ts'

/** The properties of a message to publish. */
export function brokerProperties(properties: MessageProperties): PropertiesOf<'publish'> {
  const { payloadFormatIndicator, messageExpiryInterval, contentType } = properties
  const { responseTopic, correlationData, userProperties } = properties
  return {
    ...(payloadFormatIndicator !== undefined && { payloadFormatIndicator }),
    ...(messageExpiryInterval !== undefined && { messageExpiryInterval }),
    ...(contentType !== undefined && { contentType }),
    ...(responseTopic !== undefined && { responseTopic }),
    ...(correlationData !== undefined && {
      correlationData: new Uint8Array(Buffer.from(correlationData, 'base64')),
    }),
    ...(userProperties !== undefined && { userProperty: userProperties }),
  }
}

/** The properties of a message that is shown. */
export function shownProperties(properties: PropertiesOf<'publish'>): MessageProperties {
  const { payloadFormatIndicator, messageExpiryInterval, contentType } = properties
  const { responseTopic, correlationData, userProperty } = properties
  return {
    ...(payloadFormatIndicator !== undefined && { payloadFormatIndicator }),
    ...(messageExpiryInterval !== undefined && { messageExpiryInterval }),
    ...(contentType !== undefined && { contentType }),
    ...(responseTopic !== undefined && { responseTopic }),
    ...(correlationData !== undefined && { correlationData: base64Of(correlationData) }),
    ...(userProperty !== undefined && { userProperties: userProperty }),
  }
}

/** A payload as text where it is text, else as base64. */
export function shownPayload(payload: Uint8Array): { payload: string; encoding: Encoding } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload)
    if (!text.includes('\0')) return { payload: text, encoding: 'text' }
  } catch {
    // Then it is none.
  }
  return { payload: base64Of(payload), encoding: 'base64' }
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
}
