// The session of this tab as a value: who signed in, what they may, and what the hub has. Nothing of it outlives the
// page: the cookie is the browser's and unreadable here, and no storage of the browser is written.
import { computed, shallowRef } from 'vue'

export interface SessionView {
  account: string | { id?: string; name?: string; display_name?: string }
  roles: (string | { name: string; area?: string })[]
  may: string[]
  scope: string[] | { whole: boolean; areas: string[] }
  csrf: string
  features: string[]
  idle_until: string | null
  ends_at: string | null
  profile?: string
}

export const session = shallowRef<SessionView | null>(null)
/** Whether the hub was asked who we are. */
export const asked = shallowRef(false)

export const csrf = (): string => session.value?.csrf ?? ''

export const accountName = computed<string>(() => {
  const account = session.value?.account
  if (!account) return ''
  return typeof account === 'string' ? account : (account.display_name ?? account.name ?? account.id ?? '')
})

export const areas = computed<string[]>(() => {
  const scope = session.value?.scope
  if (!scope) return []
  if (Array.isArray(scope)) return scope.includes('whole') ? [] : scope
  return scope.whole ? [] : scope.areas
})

/** Whether one of these operations or rights is granted. */
export function may(...names: string[]): boolean {
  const granted = session.value?.may ?? []
  return names.some((name) => granted.includes(name))
}

export function has(feature: string): boolean {
  return session.value?.features?.includes(feature) ?? false
}

/** Four eyes are off there, one account has most roles: the header says so on every page. */
export const trial = computed<boolean>(() => session.value?.profile === 'trial' || has('trial'))
