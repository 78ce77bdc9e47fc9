// Acts that ask for a fresh sign-in: the password is asked for again when the hub says so, and the act is sent once more.
import { shallowRef } from 'vue'
import { client, told } from '../api/client'
import { asProblem } from '../api/problem'
import { begun } from '../session/session'
import type { SessionView } from '../session/state'

interface Waiting {
  again: () => Promise<void>
  given_up: () => void
}
/** What waits for the password; null: nothing does. */
export const waiting = shallowRef<Waiting | null>(null)

/** Does an act now, or when the password was said again; returns when it is done or given up. Errors: those of the act. */
export async function whenFresh(act: () => Promise<void>): Promise<void> {
  try {
    await act()
  } catch (error) {
    if (asProblem(error).code !== 'FRESH_SIGN_IN') throw error
    await new Promise<void>((done, failed) => {
      waiting.value = { again: () => act().then(done, failed), given_up: done }
    })
  }
}

/** The act that waited goes on. Its own errors go to whoever began it. Errors: 401, the password is wrong. */
export async function sayAgain(password: string): Promise<void> {
  begun(await told<SessionView>(client.POST('/api/v1/session/renewal', { body: { password } })))
  const one = waiting.value
  waiting.value = null
  await one?.again()
}
export function giveUp(): void {
  waiting.value?.given_up()
  waiting.value = null
}
