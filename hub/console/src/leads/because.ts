// Why a lead is there, in one line: what happened, else what it waits for.
import type { Language, Lead } from '../api/views'
import { word } from '../words'
import { visible } from '../words/format'
import { newestFirst, reasonIn } from '../words/reasons'

export function becauseOf(lead: Pick<Lead, 'reasons' | 'pending'>, language: Language): string {
  const separator = language === 'zh' ? '；' : '; '
  if (lead.reasons.length) return visible(newestFirst(lead.reasons).map((reason) => reasonIn(reason, language)).join(separator))
  return lead.pending.map((code) => word('pending', code)).join(separator)
}
