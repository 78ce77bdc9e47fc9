// Urgency of a lead on a day: what a case worker does first. A pure function of the lead and the day, so that a list,
// a tab and the lead itself never disagree.
import type { Lead } from '../api/views'
import { daysBetween } from '../words/format'

export type Level = 'now' | 'soon' | 'later' | 'wait'
export const levels: readonly Level[] = ['now', 'soon', 'later', 'wait']

export interface Urgency {
  level: Level
  because: 'verify' | 'money_runs' | 'sure' | 'pending' | 'not_before' | 'settled'
  due_on: string | null
}

/** REQUIRES: today is a day, 2026-11-30. */
export function urgencyOf(lead: Pick<Lead, 'state' | 'kind' | 'certainty' | 'not_before' | 'overpaid_fen'>, today: string): Urgency {
  if (lead.state !== 'open') return { level: 'later', because: 'settled', due_on: null }
  const money_runs = lead.kind === 'ended' && lead.overpaid_fen > 0
  if (money_runs) return { level: 'now', because: 'money_runs', due_on: null }
  // Corrections may still arrive: nobody is visited before that day, however sure all seems.
  if (lead.not_before && daysBetween(today, lead.not_before) > 0)
    return { level: 'wait', because: 'not_before', due_on: lead.not_before }
  if (lead.kind === 'verify') return { level: 'now', because: 'verify', due_on: null }
  if (lead.certainty === 'pending') return { level: 'later', because: 'pending', due_on: null }
  return { level: 'soon', because: 'sure', due_on: null }
}

/** The most urgent first, then by the day it is due, then in the order they came. Does not change what it is given. */
export function byUrgency<Row extends Parameters<typeof urgencyOf>[0]>(rows: readonly Row[], today: string): Row[] {
  const placed = rows.map((row, at) => ({ row, at, urgency: urgencyOf(row, today) }))
  placed.sort(
    (a, b) =>
      levels.indexOf(a.urgency.level) - levels.indexOf(b.urgency.level) ||
      (a.urgency.due_on ?? '').localeCompare(b.urgency.due_on ?? '') ||
      a.at - b.at
  )
  return placed.map((one) => one.row)
}
