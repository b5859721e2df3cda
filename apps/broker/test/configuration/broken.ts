/** A broken configuration, and the sentences that it is to get. */

export interface Broken {
  readonly what: string
  /** Its name, which says the format. */
  readonly file: string
  readonly text: string
  /** All of them, in their order. `DIRECTORY` stands for where the file is. */
  readonly sentences: readonly string[]
}

/** What is said of every URL of a listener that is none. */
export const A_URL: string =
  ', and has to be a URL such as mqtt://127.0.0.1:1883, mqtts://0.0.0.0:8883, ' +
  'ws://0.0.0.0:8080, wss://0.0.0.0:443 or mqtt+unix:///run/godwit.sock'

export function lines(...texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('')
}
