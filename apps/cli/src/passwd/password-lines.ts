/** The lines of a password file, `user:hash`, changed one at a time; all others stay. */

/** A text with the line of a user replaced, or one more; `isNew` tells which. */
export function withUser(
  text: string,
  user: string,
  written: string,
): { readonly text: string; readonly isNew: boolean } {
  const lines = text.split('\n')
  const index = lines.findIndex((line) => userOf(line) === user)
  const line = lines[index]
  if (line !== undefined) {
    lines[index] = `${user}:${written}${endOf(line)}`
    return { text: lines.join('\n'), isNew: false }
  }
  const separator = text === '' || text.endsWith('\n') ? '' : '\n'
  return { text: `${text}${separator}${user}:${written}\n`, isNew: true }
}

/** A text without the lines of a user; `undefined` if there are none. */
export function withoutUser(text: string, user: string): string | undefined {
  const lines = text.split('\n')
  const left = lines.filter((line) => userOf(line) !== user)
  return left.length === lines.length ? undefined : left.join('\n')
}

/** Whether any line is about a user. */
export function hasUsers(text: string): boolean {
  return text.split('\n').some((line) => userOf(line) !== undefined)
}

/**
 * A text in which what is no hash behind a user was taken for a password, and hashed; and how many
 * there were.
 */
export async function withHashes(
  text: string,
  hash: (password: string, user: string) => Promise<string>,
): Promise<{ readonly text: string; readonly count: number }> {
  let count = 0
  const lines: string[] = []
  for (const line of text.split('\n')) {
    const user = userOf(line)
    const password = passwordOf(line)
    if (user === undefined || password === undefined) {
      lines.push(line)
      continue
    }
    lines.push(`${user}:${await hash(password, user)}${endOf(line)}`)
    count += 1
  }
  return { text: lines.join('\n'), count }
}

function userOf(line: string): string | undefined {
  const colon = line.indexOf(':')
  return colon === -1 || line.startsWith('#') ? undefined : line.slice(0, colon).trim()
}

/** What is behind the user, unless it is a hash. */
function passwordOf(line: string): string | undefined {
  const written = line.slice(line.indexOf(':') + 1, line.length - endOf(line).length)
  const isHash = ['$6$', '$7$', '$argon2', 'SCRAM-'].some((start) =>
    written.trimStart().startsWith(start),
  )
  return isHash ? undefined : written
}

/** As lines end on Windows. */
function endOf(line: string): string {
  return line.endsWith('\r') ? '\r' : ''
}
