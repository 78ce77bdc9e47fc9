// The two languages of the console, one catalogue: Chinese first, English complete (a test compares them). Which one
// is shown is a setting of this browser; it says nothing about anybody.
import { computed, watch } from 'vue'
import { createI18n } from 'vue-i18n'
import type { Language, Wording } from '../api/views'
import { en } from './en'
import { zh } from './zh'

export type Words = typeof zh
const kept = 'kinhub.language'

function first(): Language {
  const said = localStorage.getItem(kept)
  if (said === 'zh' || said === 'en') return said
  return navigator.language.startsWith('zh') || !navigator.language.startsWith('en') ? 'zh' : 'en'
}

export const i18n = createI18n({
  legacy: false,
  locale: first(),
  fallbackLocale: 'zh',
  messages: { zh, en },
  missingWarn: true
})

export const language = computed<Language>({
  get: () => i18n.global.locale.value as Language,
  set: (which) => {
    i18n.global.locale.value = which
    localStorage.setItem(kept, which)
  }
})

watch(language, (which) => (document.documentElement.lang = which === 'zh' ? 'zh-CN' : 'en'), { immediate: true })

/** A text of the hub in the language that is shown. */
export const said = (words: Wording | null | undefined): string => words?.[language.value] ?? ''

/** The groups of the catalogue that are keyed by codes of the hub. */
type CodeGroup =
  | 'kind'
  | 'lead_state'
  | 'certainty'
  | 'benefit'
  | 'source'
  | 'fact'
  | 'pending'
  | 'purpose'
  | 'code'
  | 'happened'
  | 'sex'
  | 'held_code'
  | 'operation'

const from = (table: Record<string, string>, code: string): string | undefined => table[code]

/** The word for a code; a code that the catalogue does not know is shown as it is. */
export function word(group: CodeGroup, code: string | null | undefined): string {
  if (!code) return ''
  const catalogue: Words = language.value === 'en' ? (en as Words) : zh
  return from(catalogue[group], code) ?? code
}

/** national-special-assistance/death -> 特别扶助金-死亡; another policy's benefit is shown by its code. Of a lead about the record itself
    what is to be verified stands in its place. */
export function benefitWord(benefit: string): string {
  const [policy, name] = benefit.split('/')
  if (policy === 'record' && name) return word('benefit', `record_${name}`)
  return policy === 'national-special-assistance' && name ? word('benefit', name) : benefit
}

/** Of groups that lie deeper. */
export function wordIn(table: 'roles' | 'results' | 'channels' | 'states' | 'notices' | 'sources', code: string): string {
  const catalogue: Words = language.value === 'en' ? (en as Words) : zh
  const tables: Record<typeof table, Record<string, string>> = {
    roles: catalogue.accounts.role,
    results: catalogue.audit.results,
    channels: catalogue.audit.channels,
    states: catalogue.accounts.states,
    notices: catalogue.notices.types,
    sources: catalogue.sources.states
  }
  return from(tables[table], code) ?? code
}
