// The time of the hub, and time that passes here. The clock of this machine may be wrong by hours, so nothing is
// counted by it: a time that the hub tells is measured against the hub's own, and what passes against a monotonic clock.

/** A moment of this page, on the monotonic clock and on the machine's. */
export interface Mark {
  steady_ms: number
  wall_ms: number
}
export const mark = (): Mark => ({ steady_ms: performance.now(), wall_ms: Date.now() })

/** The longer of both: a monotonic clock stands while the machine sleeps, the other may be set back. */
export function since(past: Mark, now: Mark = mark()): number {
  return Math.max(0, now.steady_ms - past.steady_ms, now.wall_ms - past.wall_ms)
}

let hub: { time_ms: number; seen: Mark } | null = null
/** The hub told what time it is: the Date of an answer, or `as_of` of a page. */
export function hubSaid(time: string | null | undefined, seen: Mark = mark()): void {
  const time_ms = time ? Date.parse(time) : Number.NaN
  if (Number.isFinite(time_ms)) hub = { time_ms, seen }
}
/** The hub's time at a moment of this page; null: it has told none yet. */
export function hubTime(at: Mark = mark()): number | null {
  return hub && hub.time_ms + (at.steady_ms - hub.seen.steady_ms)
}
/** How long from a moment until a time of the hub: never longer than `most_ms`, which it is where the hub's time is unknown. */
export function lastsFrom(at: Mark, until: string | null | undefined, most_ms: number): number {
  const until_ms = until ? Date.parse(until) : Number.NaN
  const hub_ms = hubTime(at)
  if (!Number.isFinite(until_ms) || hub_ms === null) return most_ms
  return Math.min(most_ms, Math.max(0, until_ms - hub_ms))
}
