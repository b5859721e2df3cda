/** The topics that the broker itself speaks on, and that no client may publish to. */

/** Whether a Topic Name is one of them: what the filter `$SYS/#` matches. */
export function isReserved(topic: string): boolean {
  return topic.charCodeAt(0) === 0x24 && (topic.startsWith('$SYS/') || topic === '$SYS')
}
