// Acts on a lead: each names the revision and the proposal that were seen (If-Match) and a key under which it is done once.
import { client, idempotencyKey, told } from './client'
import type { Lead } from './views'

export type Verdict = 'confirm' | 'dismiss'

const seen = (lead: Pick<Lead, 'id' | 'revision' | 'proposed'>) => ({
  'If-Match': `"${lead.id}.${lead.revision}${lead.proposed ? `.${lead.proposed.id}` : ''}"`
})

/** The lead afterwards; with `proposed` when a second person must agree. `key` is kept while the same act is tried. */
export function decide(lead: Lead, verdict: Verdict, reason_code: string, reason: string, key: string): Promise<Lead> {
  return told<Lead>(
    client.POST('/api/v1/leads/{id}/decisions', {
      params: { path: { id: lead.id }, header: { ...seen(lead), 'Idempotency-Key': key } },
      body: { verdict, reason_code, reason }
    })
  )
}
export function countersign(lead: Lead, agree: boolean, reason: string, key: string): Promise<Lead> {
  return told<Lead>(
    client.POST('/api/v1/leads/{id}/countersignature', {
      params: { path: { id: lead.id }, header: { ...seen(lead), 'Idempotency-Key': key } },
      body: { agree, reason }
    })
  )
}
export function withdraw(lead: Lead): Promise<Lead> {
  return told<Lead>(
    client.DELETE('/api/v1/leads/{id}/proposal', { params: { path: { id: lead.id }, header: seen(lead) } })
  )
}
/** Says whose a lead is. Errors: CHANGED, when it is not whose it was when it was looked at. */
export function assign(lead: Pick<Lead, 'id' | 'assignee'>, account: string | null): Promise<Lead> {
  return told<Lead>(
    client.PUT('/api/v1/leads/{id}/assignee', {
      params: { path: { id: lead.id } },
      body: { account, was: lead.assignee ?? null }
    })
  )
}

export function replay(id: string, etag: string): Promise<unknown> {
  return told(
    client.POST('/api/v1/quarantine/{id}/replay', {
      params: { path: { id }, header: { 'If-Match': etag, 'Idempotency-Key': idempotencyKey() } }
    })
  )
}
export function discard(ids: string[], reason: string): Promise<unknown> {
  return told(
    client.POST('/api/v1/quarantine/discards', {
      params: { header: { 'Idempotency-Key': idempotencyKey() } },
      body: { ids, reason }
    })
  )
}
