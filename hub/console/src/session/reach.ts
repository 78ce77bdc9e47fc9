// Whether the hub can be reached. Every answer says so; while nothing is asked, a page that is looked at asks /healthz,
// which needs no session and leaves no entry. So each screen says within seconds that what it shows grows old.
import { ref } from 'vue'
import { resting } from './idle'

export type Reach = 'here' | 'failing' | 'away'
export const reach = ref<Reach>('here')
const probe_ms = 4_000
const patience_ms = 4_000
let heard_ms = 0
let back: () => void = () => undefined

/** What came of a request: an answer with its status, or none. */
export function heard(status: number | null): void {
  const now: Reach = status === null || status === 502 || status === 504 ? 'away' : status === 503 ? 'failing' : 'here'
  const was = reach.value
  reach.value = now
  heard_ms = performance.now()
  if (was !== 'here' && now === 'here' && !resting()) back() // whoever comes back to the desk reads anew anyway
}

async function probe(): Promise<void> {
  if (document.hidden || resting() || (reach.value === 'here' && performance.now() - heard_ms < probe_ms)) return
  const gives_up = new AbortController()
  const timer = setTimeout(() => gives_up.abort(), patience_ms)
  try {
    heard((await fetch('/healthz', { cache: 'no-store', signal: gives_up.signal })).status)
  } catch {
    heard(null)
  } finally {
    clearTimeout(timer)
  }
}

/** Once, at the start: what is done when the hub answers again. */
export function watchReach(then: () => void): void {
  back = then
  setInterval(() => void probe(), probe_ms)
}
