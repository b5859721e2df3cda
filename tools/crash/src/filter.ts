/** Whether a Topic Filter matches a Topic Name (§4.7): not that of the broker, which is judged. */

/** A filter, which may be a shared one, against a name. */
export function matches(filter: string, topic: string): boolean {
  const wanted = plainFilter(filter).split('/')
  const levels = topic.split('/')
  for (const [index, level] of wanted.entries()) {
    if (level === '#') return true
    if (index >= levels.length || (level !== '+' && level !== levels[index])) return false
  }
  return wanted.length === levels.length
}

/** Whether a filter is a Shared Subscription (§4.8.2). */
export function isShared(filter: string): boolean {
  return filter.startsWith('$share/')
}

function plainFilter(filter: string): string {
  return isShared(filter) ? filter.split('/').slice(2).join('/') : filter
}
