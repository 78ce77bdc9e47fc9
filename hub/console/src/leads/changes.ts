// What differs between a lead as somebody saw it and as it is now, member by member, for the page of 412. Pure.
import type { Lead } from '../api/views'

const compared = ['state', 'kind', 'from', 'until', 'amount', 'certainty', 'pending', 'reasons', 'arrears_fen', 'overpaid_fen'] as const
export type Compared = (typeof compared)[number]

export interface Difference {
  member: Compared
  before: Lead[Compared]
  now: Lead[Compared]
}

export function differencesOf(before: Lead, now: Lead): Difference[] {
  return compared
    .filter((member) => JSON.stringify(before[member]) !== JSON.stringify(now[member]))
    .map((member) => ({ member, before: before[member], now: now[member] }))
}
