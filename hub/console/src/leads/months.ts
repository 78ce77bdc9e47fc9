// The month strip as values: what each month's cell says, in words and as a sign, and how the arrow keys walk it. Pure.
import type { Evidence, Language, Month } from '../api/views'
import { monthText, yuan } from '../words/format'

/** How many years of cells fit into a page without scrolling sideways. */
export const yearsIn = (page_px: number): number => (page_px >= 1140 ? 3 : page_px >= 720 ? 2 : 1)
/** The window of a strip: January of its first year, until January after its last; both first days. */
export function windowOf(first_year: number, years = 3): { from: string; until: string } {
  return { from: `${first_year}-01-01`, until: `${first_year + years}-01-01` }
}

export type Sign = 'due' | 'pending' | 'unknown' | 'none'

export interface Cell {
  month: string
  computed: Sign
  decided: Sign
  computed_fen: number | null
  decided_fen: number | null
  difference_fen: number | null
  /** A run begins here: its sum is written once. */
  computed_begins: boolean
  decided_begins: boolean
}

function signOfComputed(month: Month): Sign {
  if (!month.computed) return 'none'
  if (month.computed.certainty === 'pending') return 'pending'
  return month.computed.fen === null ? 'unknown' : 'due'
}
function signOfDecided(month: Month): Sign {
  if (!month.decided) return 'none'
  return month.decided.fen === null ? 'unknown' : 'due'
}

export function cellsOf(months: readonly Month[]): Cell[] {
  return months.map((month, at) => {
    const before = months[at - 1]
    const computed = signOfComputed(month)
    const decided = signOfDecided(month)
    const computed_fen = month.computed?.fen ?? null
    const decided_fen = month.decided?.fen ?? null
    return {
      month: month.month,
      computed,
      decided,
      computed_fen,
      decided_fen,
      difference_fen: month.difference_fen,
      computed_begins:
        computed !== 'none' && (!before || signOfComputed(before) !== computed || (before.computed?.fen ?? null) !== computed_fen),
      decided_begins:
        decided !== 'none' && (!before || signOfDecided(before) !== decided || (before.decided?.fen ?? null) !== decided_fen)
    }
  })
}

export interface StripWords {
  none: string
  pending: string
  unknown_sum: string
  even: string
  arrears: (sum: string) => string
  overpaid: (sum: string) => string
  month: (parts: { month: string; computed: string; decided: string; difference: string }) => string
}

function sumText(sign: Sign, fen: number | null, words: StripWords): string {
  if (sign === 'none') return words.none
  const sum = fen === null ? words.unknown_sum : yuan(fen, true)
  return sign === 'pending' ? `${sum} ${words.pending}` : sum
}
export function differenceText(cell: Cell, words: StripWords): string {
  if (cell.difference_fen === null) return words.unknown_sum
  if (cell.difference_fen === 0) return words.even
  const sum = yuan(Math.abs(cell.difference_fen), true)
  return cell.difference_fen > 0 ? words.arrears(sum) : words.overpaid(sum)
}
/** "2026年11月：应享 0，认定 590，差额 多发 590" */
export function cellText(cell: Cell, words: StripWords, language: Language): string {
  return words.month({
    month: monthText(cell.month, language),
    computed: sumText(cell.computed, cell.computed_fen, words),
    decided: sumText(cell.decided, cell.decided_fen, words),
    difference: differenceText(cell, words)
  })
}
export const computedText = (cell: Cell, words: StripWords): string => sumText(cell.computed, cell.computed_fen, words)
export const decidedText = (cell: Cell, words: StripWords): string => sumText(cell.decided, cell.decided_fen, words)

/** Where a key leads from a cell; null: the key is none of the strip's. */
export function stepFrom(at: number, count: number, key: string): number | null {
  const last = count - 1
  const wanted: Record<string, number> = {
    ArrowRight: at + 1,
    ArrowLeft: at - 1,
    PageDown: at + 12,
    PageUp: at - 12,
    ArrowDown: at + 12,
    ArrowUp: at - 12,
    Home: 0,
    End: last
  }
  const next = wanted[key]
  return next === undefined ? null : Math.min(last, Math.max(0, next))
}

export interface Edge {
  month: string
  on: string
  kind: 'evidence' | 'today' | 'starts' | 'ends'
  fact?: string
  source?: string
}
/** What marks a month's edge: evidence by its day, the ends of what is computed, and today. */
export function edgesOf(
  evidence: readonly Evidence[],
  spans: readonly { from: string | null; until: string | null }[],
  today: string
): Map<string, Edge[]> {
  const all: Edge[] = []
  for (const one of evidence)
    if (one.on && one.on.length >= 7)
      all.push({ month: one.on.slice(0, 7), on: one.on, kind: 'evidence', fact: one.fact, source: one.source })
  for (const span of spans) {
    if (span.from) all.push({ month: span.from.slice(0, 7), on: span.from, kind: 'starts' })
    if (span.until) all.push({ month: span.until.slice(0, 7), on: span.until, kind: 'ends' })
  }
  all.push({ month: today.slice(0, 7), on: today, kind: 'today' })
  const by_month = new Map<string, Edge[]>()
  for (const edge of all.sort((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : 0)))
    by_month.set(edge.month, [...(by_month.get(edge.month) ?? []), edge])
  return by_month
}
