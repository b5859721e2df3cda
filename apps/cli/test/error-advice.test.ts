/** What to do about an error, told in flags and not in the options of the library. */
import { ClientError, ReasonCode } from '@godwit/client'
import { describe, expect, it } from 'vitest'
import { advised } from '../src/error-advice.ts'

function refused(message: string, reasonCode: ReasonCode): ClientError {
  return new ClientError(message, { code: 'connect-refused', reasonCode })
}

function failed(message: string, code: string): ClientError {
  const cause = Object.assign(new Error('it broke'), { code })
  return new ClientError(message, { code: 'connection-failed', cause })
}

describe('advice', () => {
  it.each([
    [
      refused('No. Ask for less.', ReasonCode.NotAuthorized),
      'No. Ask for less. --username and --password say who asks.',
    ],
    [
      refused('No. Check `username` and `password`.', ReasonCode.BadUserNameOrPassword),
      'No. Check --username and --password.',
    ],
    [
      refused(
        'No. Add older ones to `versions`, such as [5, 4].',
        ReasonCode.UnsupportedProtocolVersion,
      ),
      'No. Name an older one with --protocol-version.',
    ],
    [
      failed('read ECONNRESET.', 'ECONNRESET'),
      'read ECONNRESET. Does the port want TLS, none, or a certificate? See --url and --cert.',
    ],
    [
      failed(
        'self-signed certificate; if the root CA is installed locally, try running Node.js ' +
          'with --use-system-ca (if it is to be trusted, give its certificate authority as `ca`).',
        'DEPTH_ZERO_SELF_SIGNED_CERT',
      ),
      'self-signed certificate. With --ca-file it can be trusted.',
    ],
    [
      failed('values mismatch.', 'ERR_OSSL_X509_KEY_VALUES_MISMATCH'),
      'values mismatch. --key is not the key of --cert.',
    ],
    [
      new Error('It failed: the platform does not say why; the console of a browser may.'),
      'It failed: it may be no port for WebSocket.',
    ],
    [
      new Error('A password needs a user name, got undefined [MQTT311-3.1.2-22]'),
      '--password needs --username in this version [MQTT311-3.1.2-22]',
    ],
    [new Error('`clientId` and `topic`'), '--client-id and `topic`'],
  ])('%o is in words of the command line', (error, sentence) => {
    expect(advised(error)).toBe(sentence)
  })
})
