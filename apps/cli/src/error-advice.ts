/** What to do about an error, in words of the command line: those of the library are of its API. */
import { ClientError, ReasonCode } from '@godwit/client'

/** The sentence of an error, and what to do about it. */
export function advised(error: Error): string {
  const message = WORDS.reduce((text, [api, flags]) => text.replaceAll(api, flags), error.message)
  const advice = adviceFor(error)
  return advice === undefined ? message : `${message} ${advice}`
}

/** The codes of an error and of its causes. */
export function codesOf(error: Error): readonly string[] {
  const codes: string[] = []
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string') codes.push(cause.code)
  }
  return codes
}

/** What the library and Node advise programmers, and what that is here. */
const WORDS: readonly (readonly [api: string, flags: string])[] = [
  ['Add older ones to `versions`, such as [5, 4].', 'Name an older one with --protocol-version.'],
  ['Connect there, or set `followServerReference`.', 'Connect there.'],
  ['`clientId`', '--client-id'],
  ['`username`', '--username'],
  ['`password`', '--password'],
  ['`payloadFormatIndicator`', '--payload-format-indicator'],
  ['; if the root CA is installed locally, try running Node.js with --use-system-ca', ''],
  [
    'the platform does not say why; the console of a browser may',
    'it may be no port for WebSocket',
  ],
  ['A password needs a user name, got undefined', '--password needs --username in this version'],
  [' (if it is to be trusted, give its certificate authority as `ca`)', ''],
  [' (connect by a name of the certificate, or set `servername`)', ''],
]

function adviceFor(error: Error): string | undefined {
  if (error instanceof ClientError && error.code === 'connect-refused') {
    return error.reasonCode === ReasonCode.NotAuthorized ? WHO_ASKS : undefined
  }
  return codesOf(error).flatMap((code) => ADVICE.get(code) ?? [])[0]
}

const WHO_ASKS = '--username and --password say who asks.'

/** What to do about errors of the network and of TLS, by the code that Node gives them. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'Is the server running? --host, --port or --url say where.'],
  ['ECONNRESET', 'Does the port want TLS, none, or a certificate? See --url and --cert.'],
  ['ENOTFOUND', 'Is the name of the host right? --host or --url say it.'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'With --ca-file it can be trusted.'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'With --ca-file its authority can be trusted.'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'With --ca-file its authority can be trusted.'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'With --ca-file its authority can be trusted.'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'With --insecure it is taken all the same.'],
  ['ERR_OSSL_X509_KEY_VALUES_MISMATCH', '--key is not the key of --cert.'],
  ['ERR_OSSL_UNSUPPORTED', 'Is there a key in PEM in the file that --key, or else --cert, names?'],
  ['ERR_OSSL_PEM_NO_START_LINE', 'Is what --cert and --key name in PEM?'],
])
