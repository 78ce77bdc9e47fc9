// Whether somebody sits here: what asks the hub by itself stops when nobody does, else a session would never end by
// being idle; and when it has ended, what stands on the screen goes with it.
import { ref } from 'vue'

/** After so long without a key or a pointer nothing is asked by itself. */
export const rest_ms = 2 * 60_000
const look_ms = 10_000
const signs = ['keydown', 'pointerdown', 'pointermove', 'wheel'] as const

const last_ms = ref(Date.now())
let whole_ms = Number.POSITIVE_INFINITY
let then: () => void = () => undefined

export function resting(now: number = Date.now()): boolean {
  return now - last_ms.value > rest_ms
}
/** How often to ask by itself: not at all while nobody sits here. */
export const every = (ms: number) => (): number | false => (resting() ? false : ms)

/** A session was told: how long it may be idle, counted from now. */
export function sessionLasts(idle_until: string | null, now: number = Date.now()): void {
  const until = idle_until ? Date.parse(idle_until) : Number.NaN
  whole_ms = Number.isFinite(until) && until > now ? until - now : Number.POSITIVE_INFINITY
}
export function isOver(now: number): boolean {
  return now - last_ms.value > whole_ms
}

/** Once, at the start: what is done when the session was idle for too long, and when somebody comes back before that. */
export function watchForRest(over: () => void, back: () => void): void {
  then = over
  for (const sign of signs)
    document.addEventListener(
      sign,
      () => {
        const rested = resting()
        if (!isOver(Date.now())) last_ms.value = Date.now()
        if (rested && !resting()) back()
      },
      { passive: true, capture: true }
    )
  setInterval(() => {
    if (isOver(Date.now())) {
      whole_ms = Number.POSITIVE_INFINITY
      last_ms.value = Date.now()
      then()
    }
  }, look_ms)
}
