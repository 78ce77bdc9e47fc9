// Whether somebody sits here: what asks the hub by itself stops when nobody does, else a session would never end by
// being idle; and when it has ended, what stands on the screen goes with it.
import { lastsFrom, mark, since, type Mark } from './clock'

/** After so long without a key or a pointer nothing is asked by itself. */
export const rest_ms = 2 * 60_000
const look_ms = 10_000
/** What a hub lets a session be idle for unless it is told otherwise, and what it can be told at most. */
const usual_ms = 15 * 60_000
const most_ms = 24 * 3600_000
const signs = ['keydown', 'pointerdown', 'pointermove', 'wheel'] as const

let last = mark()
let session: { idle_until: string | null; seen: Mark } | null = null
let then: () => void = () => undefined

export function resting(now: Mark = mark()): boolean {
  return since(last, now) > rest_ms
}

/** A session was told: until when it may be idle, by the hub's time. */
export function sessionLasts(idle_until: string | null, seen: Mark = mark()): void {
  session = { idle_until, seen }
}
/** Whether the session has ended by being idle. The hub may tell its time after it told the session. */
export function isOver(now: Mark = mark()): boolean {
  if (!session) return false
  const whole_ms = lastsFrom(session.seen, session.idle_until, most_ms)
  return since(last, now) > (whole_ms > 0 && whole_ms < most_ms ? whole_ms : usual_ms)
}

/** Once, at the start: what is done when the session was idle for too long, and when somebody comes back before that. */
export function watchForRest(over: () => void, back: () => void): void {
  then = over
  for (const sign of signs)
    document.addEventListener(
      sign,
      () => {
        const rested = resting()
        if (!isOver()) last = mark()
        if (rested && !resting()) back()
      },
      { passive: true, capture: true }
    )
  setInterval(() => {
    if (!isOver()) return
    session = null
    last = mark()
    then()
  }, look_ms)
}
