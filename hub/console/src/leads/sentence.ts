// The sentence that a decision is about: what confirming confirms, in words, with its first and last day. Pure.
import type { Language, Lead } from '../api/views'
import { amountText, plusDays } from '../words/format'

export type Sentence =
  | { key: 'sentence_start'; words: { name: string; benefit: string; from: string; amount: string } }
  | { key: 'sentence_span'; words: { name: string; benefit: string; from: string; until: string; amount: string } }
  | { key: 'sentence_end'; words: { name: string; benefit: string; from: string; last: string } }
  | { key: 'sentence_record'; words: { name: string; benefit: string } }
  | { key: 'sentence_dismiss'; words: { name: string; benefit: string } }

/** REQUIRES: benefit in words. */
export function sentenceOf(
  lead: Pick<Lead, 'kind' | 'person' | 'from' | 'until' | 'amount'> & Partial<Pick<Lead, 'benefit'>>,
  verdict: 'confirm' | 'dismiss',
  benefit: string,
  language: Language
): Sentence {
  const name = lead.person.name ?? lead.person.ref
  if (verdict === 'dismiss') return { key: 'sentence_dismiss', words: { name, benefit } }
  // About the record and no benefit: nothing is due by it.
  if (lead.benefit?.startsWith('record/')) return { key: 'sentence_record', words: { name, benefit } }
  const from = lead.from ?? '—'
  if (lead.kind === 'ended' && lead.from)
    return { key: 'sentence_end', words: { name, benefit, from, last: plusDays(lead.from, -1) } }
  const amount = amountText(lead.amount, language)
  if (lead.until) return { key: 'sentence_span', words: { name, benefit, from, until: lead.until, amount } }
  return { key: 'sentence_start', words: { name, benefit, from, amount } }
}
