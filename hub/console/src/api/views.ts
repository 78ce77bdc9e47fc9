// The answers of the API as values, with the names of docs/cli.md. An answer may gain members: only what a screen
// reads stands here.

export type Language = 'zh' | 'en'
/** A text of the hub in both languages. */
export type Wording = Record<Language, string>

export interface Page<Row> {
  items: Row[]
  next: string | null
  as_of: string
  total: number | null
}

export interface Person {
  ref: string
  name: string | null
  citizen_id: string | null
}

export interface Amount {
  fen: number
  per: 'month' | 'year' | 'once'
}

export interface Evidence {
  source: string
  key: string | null
  fact: string
  on: string | null
  received_at: string
  sequence: number
  read_anew_at?: string
}

/** Half-open: until is the first day that no longer counts. */
export interface Span {
  from: string | null
  until: string | null
  amount: Amount | null
  certainty: Certainty
}

export type Certainty = 'sure' | 'pending'
export type LeadKind = 'new' | 'changed' | 'ended' | 'verify'
export type LeadState = 'open' | 'confirmed' | 'dismissed' | 'closed'
export const leadKinds: readonly LeadKind[] = ['ended', 'verify', 'new', 'changed']
export const leadStates: readonly LeadState[] = ['open', 'confirmed', 'dismissed', 'closed']

export interface Decision {
  state: 'confirmed' | 'dismissed'
  reason: string | null
  by: string | null
  at: string
}

export interface Proposal {
  id: string
  verdict: 'confirm' | 'dismiss'
  reason_code?: string
  reason?: string | null
  by?: string
  at?: string
  until?: string
  revision?: number
}

export interface Lead {
  id: string
  kind: LeadKind
  state: LeadState
  benefit: string
  person: Person
  family: string | null
  area: string | null
  revision: number
  from: string | null
  until: string | null
  amount: Amount | null
  certainty: Certainty
  pending: string[]
  reasons: string[]
  evidence: Evidence[]
  timeline: Span[]
  opened_at: string
  not_before: string | null
  arrears_fen: number
  overpaid_fen: number
  held_events: string[]
  decisions: Decision[]
  proposed?: Proposal | null
  assignee?: string | null
}

export interface LeadCounts {
  counts: { state: LeadState; kind: LeadKind; count: number }[]
  complete: boolean
}

export interface Month {
  month: string
  /** null: nothing is due; fen null: a sum that nobody knows. */
  computed: { fen: number | null; certainty: Certainty } | null
  decided: { fen: number | null } | null
  difference_fen: number | null
}

export interface Timeline {
  lead: string
  revision: number
  months: Month[]
  computed: Span[]
  decided: Span[]
}

export interface Fact {
  what: string
  person: string
  on: string | null
  number: number
  words: Wording
  by: { source: string; agency: Wording; fact: string; received_at: string }[]
}

export type Standing = 'met' | 'not met' | 'unknown'

export interface Account {
  benefit: string
  name: Wording
  on: string
  standing: string
  from: string | null
  until: string | null
  amount: Amount | null
  missing: { condition: string; words: Wording; value: 'unknown' | 'not met'; met_by: Fact | null }[]
  waits_for: { code: string; words: Wording }[]
  next: Fact | null
  conclusion: Wording
  basis: Wording
  next_words: Wording
  sentences: Wording[]
}

export interface Explanation {
  value: Standing
  condition: string
  clause: string | null
  quote: string | null
  causes: string[]
  words: Wording
  facts: Fact[]
  parts: Explanation[]
  account?: Account
}

export interface Member {
  person: Person
  sex: 'male' | 'female' | null
  born: string | null
  died: { on: string | null; certainty: Certainty; evidence: Evidence[] } | null
  disabilities: { grade: number; from: string | null; until: string | null; certainty: Certainty }[]
  residences: { region: string; area: string | null; from: string | null; until: string | null }[]
}

export interface Kin {
  kind: 'parent_of' | 'spouse_of'
  how: 'born' | 'adopted' | 'step' | null
  from_person: string
  to_person: string
  from: string | null
  until: string | null
  certainty: Certainty
  evidence: Evidence[]
}

export interface Family {
  ref: string
  members: Member[]
  kin: Kin[]
  conflicts: string[]
}

export interface Held {
  id: string
  source: string
  key: string | null
  code: string
  place: string | null
  reason: string
  received_at: string
  attempts: number
  bytes: number
}

export interface Source {
  name: string
  connector: string | null
  isolation: string | null
  state: string
  received: number
  last_received_at: string | null
  complete_until: string | null
}

export interface Counts {
  received: number
  applied: number
  filtered: number
  duplicate: number
  quarantined: number
  in_flight: number
  repeated: number
  lost: number
  unmatched: number
  unnamed: number
  residue: number
}
export type Balance = Counts & { sources: Record<string, Counts> }

export interface Status {
  version: string
  node: string | null
  log: string
  store: string
  /** Figures of everybody are null for accounts of some areas, and the balance tells them residues alone. */
  persons: number | null
  facts: number | null
  unreadable: number | null
  open_leads: Partial<Record<LeadKind, number>>
  /** By state: likely, doubtful ... */
  identity_pairs: Record<string, number>
  last_scan: string | null
  last_identity_scan: string | null
  notices: number | null
  notices_waiting: number | null
  sinks: { name: string; delivered: number; waiting: number }[]
  nodes: { name: string; seen_seconds_ago: number }[]
  /** Partition -> why it stands. */
  stopped: Record<string, string>
  log_away: string | null
  balance: Balance | null
}

/** CloudEvents, as docs/notices.md has them. */
export interface Notice {
  id: string
  type: string
  time: string
  subject?: string
  seq?: number | string
  data?: Record<string, unknown>
}
