// The balance sheet of sources: rows with a residue first, then by name; the sum below. Pure.
import type { Balance, Counts, Source } from '../api/views'

export const sheetColumns = ['received', 'repeated', 'applied', 'filtered', 'duplicate', 'quarantined', 'in_flight', 'lost', 'residue'] as const
export type SheetColumn = (typeof sheetColumns)[number]

export interface SheetRow {
  name: string
  counts: Counts | null
  source: Source | null
}

export function sheetOf(sources: readonly Source[], balance: Balance | undefined): SheetRow[] {
  const names = new Set([...sources.map((source) => source.name), ...Object.keys(balance?.sources ?? {})])
  return Array.from(names)
    .map((name) => ({
      name,
      counts: balance?.sources[name] ?? null,
      source: sources.find((source) => source.name === name) ?? null
    }))
    .sort((a, b) => Number((b.counts?.residue ?? 0) !== 0) - Number((a.counts?.residue ?? 0) !== 0) || (a.name < b.name ? -1 : 1))
}

/** "failing: connection refused" -> the state and what it says besides. */
export function stateOf(state: string): { state: string; why: string } {
  const at = state.indexOf(': ')
  return at < 0 ? { state, why: '' } : { state: state.slice(0, at), why: state.slice(at + 2) }
}
