// What the screens ask of the hub, as queries: one function a question, its key beside it, so that an act can say what
// it makes old. An answer under an opening has the opening's id in its key and is dropped with it.
import { keepPreviousData, useQuery, type QueryClient } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { opening } from '../session/opening'
import { client, told } from './client'
import type {
  Balance,
  Explanation,
  Family,
  Held,
  Lead,
  LeadCounts,
  Notice,
  Page,
  Person,
  Source,
  Status,
  Timeline
} from './views'

/** Read anew in the one rhythm of the page (main.ts), while somebody looks at it. */
const live = { live: true }

/** The header and the key of a read under what is open, where it covers the subject's place. */
const plain = computed(() => opening.value?.id ?? '')
/** While the plain answer is on its way the masked one stays; never the other way round. */
function maskedMeanwhile<T>(ref: MaybeRefOrGetter<string>) {
  return (before: T | undefined, query: { queryKey: readonly unknown[] } | undefined): T | undefined =>
    query?.queryKey[1] === toValue(ref) && query.queryKey[2] === '' ? before : undefined
}
/** Of the same lead something older may stand meanwhile; of another nothing ever. */
function sameLead<T>(id: MaybeRefOrGetter<string>) {
  return (before: T | undefined, query: { queryKey: readonly unknown[] } | undefined): T | undefined =>
    query?.queryKey[1] === toValue(id) ? before : undefined
}
const openingHeader = (id: string): Record<string, string> => (id ? { 'Kinhub-Opening': id } : {})

export function useStatus(enabled: MaybeRefOrGetter<boolean>) {
  return useQuery({
    queryKey: ['status'],
    queryFn: () => told<Status>(client.GET('/api/v1/status')),
    enabled: computed(() => toValue(enabled)),
    meta: live
  })
}

export interface LeadFilter {
  state?: 'open' | 'confirmed' | 'dismissed' | 'closed'
  kind?: 'new' | 'changed' | 'ended' | 'verify'
  benefit?: string
  cursor?: string
  limit?: number
}
export function useLeads(filter: MaybeRefOrGetter<LeadFilter>, enabled: MaybeRefOrGetter<boolean> = true) {
  return useQuery({
    queryKey: ['leads', computed(() => toValue(filter))],
    queryFn: () => told<Page<Lead>>(client.GET('/api/v1/leads', { params: { query: toValue(filter) } })),
    enabled: computed(() => toValue(enabled)),
    placeholderData: keepPreviousData,
    meta: live
  })
}
export function useLeadCounts(enabled: MaybeRefOrGetter<boolean> = true) {
  return useQuery({
    queryKey: ['leads', 'counts'],
    queryFn: () => told<LeadCounts>(client.GET('/api/v1/leads/counts')),
    enabled: computed(() => toValue(enabled)),
    meta: live
  })
}
/** After an act: every list and the lead itself are asked anew. */
export async function leadsAreOld(queries: QueryClient): Promise<void> {
  queries.removeQueries({ queryKey: ['leads'], type: 'inactive' }) // a list that is opened next is asked, not remembered
  await Promise.all([
    queries.invalidateQueries({ queryKey: ['leads'] }),
    queries.invalidateQueries({ queryKey: ['lead'] }),
    queries.invalidateQueries({ queryKey: ['status'] })
  ])
}

export function useLead(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: ['lead', computed(() => toValue(id)), plain],
    queryFn: () =>
      told<Lead>(
        client.GET('/api/v1/leads/{id}', { params: { path: { id: toValue(id) } }, headers: openingHeader(plain.value) })
      ),
    placeholderData: maskedMeanwhile<Lead>(id)
  })
}
export function useTimeline(id: MaybeRefOrGetter<string>, from: MaybeRefOrGetter<string>, until: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: ['lead', computed(() => toValue(id)), 'timeline', computed(() => `${toValue(from)} ${toValue(until)}`)],
    queryFn: () =>
      told<Timeline>(
        client.GET('/api/v1/leads/{id}/timeline', {
          params: { path: { id: toValue(id) }, query: { from: toValue(from), until: toValue(until) } }
        })
      ),
    placeholderData: sameLead<Timeline>(id)
  })
}
export function useExplanation(id: MaybeRefOrGetter<string>, on: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: ['lead', computed(() => toValue(id)), 'explanation', computed(() => toValue(on))],
    queryFn: () =>
      told<Explanation>(
        client.GET('/api/v1/leads/{id}/explanation', { params: { path: { id: toValue(id) }, query: { on: toValue(on) } } })
      ),
    placeholderData: sameLead<Explanation>(id)
  })
}
export interface Happened {
  at: string
  what: string
  by: string | null
  purpose?: string
  state?: string
  verdict?: 'confirm' | 'dismiss'
  revision?: number
}
export function useHistory(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: ['lead', computed(() => toValue(id)), 'history'],
    queryFn: () => told<{ items: Happened[] }>(client.GET('/api/v1/leads/{id}/history', { params: { path: { id: toValue(id) } } }))
  })
}

export interface FoundPerson extends Person {
  area: string | null
}
/** The families that a person belongs to. */
export function useFamilies(person: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: ['families', computed(() => toValue(person)), plain],
    queryFn: () =>
      told<Page<Family>>(
        client.GET('/api/v1/persons/{ref}/families', {
          params: { path: { ref: toValue(person) } },
          headers: openingHeader(plain.value)
        })
      ),
    enabled: computed(() => toValue(person) !== ''),
    placeholderData: maskedMeanwhile<Page<Family>>(person)
  })
}

export function useQuarantine(filter: MaybeRefOrGetter<{ source?: string; code?: string; cursor?: string; limit?: number }>) {
  return useQuery({
    queryKey: ['quarantine', computed(() => toValue(filter))],
    queryFn: () => told<Page<Held>>(client.GET('/api/v1/quarantine', { params: { query: toValue(filter) } })),
    placeholderData: keepPreviousData,
    meta: live
  })
}
export function useSources() {
  return useQuery({
    queryKey: ['sources'],
    queryFn: () => told<Page<Source>>(client.GET('/api/v1/sources')),
    meta: live
  })
}
export function useBalance(enabled: MaybeRefOrGetter<boolean> = true) {
  return useQuery({
    queryKey: ['balance'],
    queryFn: () => told<Balance>(client.GET('/api/v1/balance')),
    enabled: computed(() => toValue(enabled)),
    meta: live
  })
}
export function useNotices(after: MaybeRefOrGetter<number>, enabled: MaybeRefOrGetter<boolean>) {
  return useQuery({
    queryKey: ['notices', computed(() => toValue(after))],
    queryFn: () =>
      told<Notice[]>(client.GET('/api/v1/notices', { params: { query: { after: toValue(after), limit: 100 } }, parseAs: 'json' })),
    enabled: computed(() => toValue(enabled)),
    placeholderData: keepPreviousData
  })
}

/** An entry of the trail, as its line has it. */
export interface AuditRow {
  n: number
  at: string
  who: { account: string; channel: string; from?: string }
  op: string
  on?: string[]
  subjects?: string[]
  result: string
  code?: string
  purpose?: string
}
export function useAudit(filter: MaybeRefOrGetter<{ account?: string; operation?: string; before?: number }>) {
  return useQuery({
    queryKey: ['audit', computed(() => toValue(filter))],
    queryFn: () =>
      told<Page<AuditRow>>(client.GET('/api/v1/audit', { params: { query: { ...toValue(filter), limit: 50 } } })),
    placeholderData: keepPreviousData
  })
}
export interface AccountRow {
  id: string
  name: string
  roles: string[]
  rights: string[]
  scope: string[]
  state: string
  created_at: string | null
  signed_in_at: string | null
  sessions: number
}
export function useAccounts(enabled: MaybeRefOrGetter<boolean> = true) {
  return useQuery({
    queryKey: ['accounts'],
    queryFn: () => told<Page<AccountRow>>(client.GET('/api/v1/accounts')),
    enabled: computed(() => toValue(enabled))
  })
}
export interface OpeningRow {
  id: string
  until: string
  purpose: string
  covers: string[]
}
export function useOpenings(enabled: MaybeRefOrGetter<boolean>) {
  return useQuery({
    queryKey: ['openings'],
    queryFn: () => told<{ items: OpeningRow[] }>(client.GET('/api/v1/openings')),
    enabled: computed(() => toValue(enabled))
  })
}

export interface HeldWhole extends Held {
  content_type: string | null
  charset: string | null
  origin: string | null
  mapping: string | null
  field: string | null
  body: string | null
}
/** One message with its ETag, which a replay names. */
export function useHeld(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: ['held', computed(() => toValue(id)), plain],
    queryFn: async () => {
      const call = client.GET('/api/v1/quarantine/{id}', {
        params: { path: { id: toValue(id) } },
        headers: openingHeader(plain.value)
      })
      const held = await told<HeldWhole>(call)
      return { held, etag: (await call).response.headers.get('ETag') ?? '' }
    },
    enabled: computed(() => toValue(id) !== '')
  })
}
