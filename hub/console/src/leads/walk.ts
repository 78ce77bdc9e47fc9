// The list a lead was opened from: previous and next go along it, and coming back restores its place. References only,
// in the memory of this tab.
import { shallowRef } from 'vue'

export interface Walk {
  ids: string[]
  /** Address of the list, with its filter. */
  list: string
  /** The row that was opened last. */
  at: string | null
}

export const walk = shallowRef<Walk>({ ids: [], list: '/leads', at: null })

export function neighbours(ids: readonly string[], id: string): { before: string | null; after: string | null; at: number } {
  const at = ids.indexOf(id)
  return { before: ids[at - 1] ?? null, after: at < 0 ? null : (ids[at + 1] ?? null), at }
}
