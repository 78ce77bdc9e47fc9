// The opening under which plain text is shown (调阅): at most one at a time, for the subjects that are on the screen.
// It ends by its own time, by leaving, by Esc Esc and with the session, and then every plain answer is dropped.
import { computed, ref, shallowRef } from 'vue'
import { client, idempotencyKey, told } from '../api/client'
import { whole } from '../words/format'
import { hubTime, lastsFrom, mark, since, type Mark } from './clock'

export const purposes = ['decide', 'verify', 'visit', 'complaint', 'mend', 'subject', 'urgent'] as const
export type Purpose = (typeof purposes)[number]
export const reasonLeast = 4
/** How long the hub opens records for (POST /openings): what is counted where its time is not known yet. */
const whole_ms = 15 * 60_000

export interface Opening {
  id: string
  until: string
  covers: string[]
  /** Where it was asked for: leaving that place ends it. */
  place: string
  /** Since when, by the hub's time. */
  at: string
  began: Mark
  lasts_ms: number
}

export const opening = shallowRef<Opening | null>(null)
const passed_ms = ref(0)
let ticking: ReturnType<typeof setInterval> | undefined
const after: ((id: string) => void)[] = []

/** Seconds that are left; 0: nothing is open. */
export const secondsLeft = computed<number>(() =>
  opening.value ? Math.max(0, Math.ceil((opening.value.lasts_ms - passed_ms.value) / 1000)) : 0
)
export const watermarkTime = computed<string>(() => (opening.value ? whole(opening.value.at).slice(0, 16) : ''))

/** Called with the opening's id when it ends: whoever keeps plain answers drops them. */
export function onMasked(drop: (id: string) => void): void {
  after.push(drop)
}

/** Asks for an opening on subjects (references), for a purpose and with a reason. Errors: as the hub says. */
export async function openFor(place: string, subjects: string[], purpose: Purpose, reason: string): Promise<void> {
  const asked = mark()
  const answer = await told<{ id: string; until: string; covers?: string[] }>(
    client.POST('/api/v1/openings', {
      body: { subjects, purpose, reason },
      params: { header: { 'Idempotency-Key': idempotencyKey() } }
    })
  )
  if (opening.value) closeOpening('masked')
  passed_ms.value = since(asked)
  opening.value = {
    id: answer.id,
    until: answer.until,
    covers: answer.covers ?? subjects,
    place,
    at: new Date(hubTime() ?? Date.now()).toISOString(),
    began: asked,
    lasts_ms: lastsFrom(asked, answer.until, whole_ms)
  }
  ticking = setInterval(() => {
    if (opening.value) passed_ms.value = since(opening.value.began)
    if (secondsLeft.value === 0) closeOpening('over')
  }, 1000)
}

/** masked: told to the hub; over, gone: it knows. */
export function closeOpening(how: 'masked' | 'over' | 'gone'): void {
  const last = opening.value
  if (!last) return
  clearInterval(ticking)
  opening.value = null
  for (const drop of after) drop(last.id)
  if (how === 'masked')
    void told(client.DELETE('/api/v1/openings/{id}', { params: { path: { id: last.id } }, keepalive: true })).catch(
      () => undefined // it ends by its time anyway
    )
}

const twice_ms = 700
let escaped_ms = 0
/** Esc while something is open in plain: the second one in a moment masks. False: nothing is open, Esc is free. */
export function escapeMasks(now: number = Date.now()): boolean {
  if (!opening.value) return false
  if (now - escaped_ms < twice_ms) closeOpening('masked')
  escaped_ms = now
  return true
}
