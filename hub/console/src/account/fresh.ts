// Acts that ask for a fresh sign-in: the password is asked for again when the hub says so, and the act is sent once more.
import { shallowRef } from 'vue'
import { client, told } from '../api/client'
import { asProblem } from '../api/problem'
import { begun } from '../session/session'
import type { SessionView } from '../session/state'

/** What waits for the password; null: nothing does. */
export const waiting = shallowRef<(() => Promise<void>) | null>(null)

/** Does an act now, or when the password was said again. Errors: those of the act. */
export async function whenFresh(act: () => Promise<void>): Promise<void> {
  try {
    await act()
  } catch (error) {
    if (asProblem(error).code !== 'FRESH_SIGN_IN') throw error
    waiting.value = act
  }
}

/** Errors: 401, the password is wrong; those of the act that waited. */
export async function sayAgain(password: string): Promise<void> {
  begun(await told<SessionView>(client.POST('/api/v1/session/renewal', { body: { password } })))
  const act = waiting.value
  waiting.value = null
  await act?.()
}
