// The session of this tab as a value: who signed in, what they may, and what the hub has. Nothing of it outlives the
// page: the cookie is the browser's and unreadable here, and no storage of the browser is written.
import { computed, shallowRef } from 'vue'
import type { components } from '../api/schema'

export type SessionView = components['schemas']['Session']

export const session = shallowRef<SessionView | null>(null)
/** Whether the hub was asked who we are. */
export const asked = shallowRef(false)

export const csrf = (): string => session.value?.csrf ?? ''

export const accountName = computed<string>(() => session.value?.account ?? '')

/** Codes of the areas; none: all of them. */
export const areas = computed<string[]>(() => (session.value?.scope ?? []).filter((area) => area !== 'whole'))

/** Whether one of these rights is granted. */
export function may(...names: string[]): boolean {
  const granted = session.value?.may ?? []
  return names.some((name) => granted.includes(name))
}

export function has(feature: string): boolean {
  return session.value?.features?.includes(feature) ?? false
}

/** Four eyes are off there, one account has most roles: the header says so on every page. */
export const trial = computed<boolean>(() => has('trial'))
