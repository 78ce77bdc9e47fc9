// Signing in and out, for this tab and for the others of the browser. What the hub answers is the truth; this side
// only remembers it until the page goes.
import type { QueryClient } from '@tanstack/vue-query'
import { client, told } from '../api/client'
import { asProblem } from '../api/problem'
import { sessionLasts } from './idle'
import { closeOpening } from './opening'
import { asked, session, type SessionView } from './state'

const tabs = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('kinhub')
let queries: QueryClient | null = null
let leave: () => void = () => undefined

/** Once, at the start: whose answers are forgotten when the session ends, and where to go then. */
export function sessionEnds(cache: QueryClient, go: () => void): void {
  queries = cache
  leave = go
  if (tabs) tabs.onmessage = (message: MessageEvent) => message.data === 'ended' && ended()
}

/** Who we are; null: nobody yet. Errors: what else than 401 kept the hub from saying it. */
export async function askSession(): Promise<SessionView | null> {
  try {
    begun(await told<SessionView>(client.GET('/api/v1/session')))
  } catch (error) {
    const problem = asProblem(error)
    if (!problem.signedOut) throw problem
    session.value = null
  }
  asked.value = true
  return session.value
}

/** Errors: 401 whatever is wrong, 429 when it was tried too often. */
export async function signIn(name: string, password: string): Promise<void> {
  begun(await told<SessionView>(client.POST('/api/v1/session', { body: { name, password } })))
}

/** A session has begun, by whatever door. */
export function begun(view: SessionView): void {
  session.value = view
  asked.value = true
  sessionLasts(view.idle_until)
}

export async function signOut(): Promise<void> {
  try {
    await told(client.DELETE('/api/v1/session'))
  } finally {
    tabs?.postMessage('ended')
    ended()
  }
}

/** The session is over, here or elsewhere: nothing that was shown stays. */
export function ended(): void {
  closeOpening('gone')
  session.value = null
  queries?.clear()
  leave()
}
