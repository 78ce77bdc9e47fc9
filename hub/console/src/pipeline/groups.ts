// Messages in quarantine grouped by what is wrong with them: one cause, one row. Pure.
import type { Held } from '../api/views'

export interface Group {
  source: string
  code: string
  count: number
  first: string
  last: string
}

export function groupsOf(rows: readonly Held[]): Group[] {
  const groups = new Map<string, Group>()
  for (const row of rows) {
    const key = `${row.source} ${row.code}`
    const group = groups.get(key)
    if (!group) groups.set(key, { source: row.source, code: row.code, count: 1, first: row.received_at, last: row.received_at })
    else {
      ++group.count
      if (row.received_at < group.first) group.first = row.received_at
      if (row.received_at > group.last) group.last = row.received_at
    }
  }
  return Array.from(groups.values()).sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1))
}
