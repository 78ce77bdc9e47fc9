// The one way from the console to its hub: a client typed by the contract, with what every request carries and how
// every refusal comes back. Person data never stands in an address: searches and openings are bodies.
import createClient, { type Middleware } from 'openapi-fetch'
import { hubSaid } from '../session/clock'
import { heard } from '../session/reach'
import { csrf } from '../session/state'
import { language } from '../words'
import { Problem, problemOf, unreachable } from './problem'
import type { paths } from './schema'

export const client = createClient<paths>({ baseUrl: '', credentials: 'same-origin' })

const reads = ['GET', 'HEAD']

const everyRequest: Middleware = {
  onRequest({ request }) {
    request.headers.set('Accept-Language', language.value === 'en' ? 'en' : 'zh-CN')
    if (!reads.includes(request.method)) {
      if (csrf()) request.headers.set('Kinhub-CSRF', csrf())
      if (!request.headers.has('Content-Type')) request.headers.set('Content-Type', 'application/json')
    }
    return request
  }
}
client.use(everyRequest)

let onSignedOut: () => void = () => undefined
/** Called when the hub says that nobody is signed in any more. */
export function whenSignedOut(then: () => void): void {
  onSignedOut = then
}

/** The answer, or a Problem thrown. */
export async function told<T = unknown>(
  call: Promise<{ data?: unknown; error?: unknown; response: Response }>
): Promise<T> {
  let answer: Awaited<typeof call>
  try {
    answer = await call
  } catch (error) {
    if (error instanceof Problem) throw error
    heard(null)
    throw unreachable()
  }
  heard(answer.response.status)
  if (!answer.response.ok) {
    const problem = await problemFrom(answer.response, answer.error)
    if (endsSession(problem, answer.response.url) && csrf()) onSignedOut()
    throw problem
  }
  hubSaid(answer.response.headers.get('Date') ?? asOf(answer.data))
  return answer.data as T
}

/** A page tells the hub's time. */
function asOf(data: unknown): string | undefined {
  const told_of = typeof data === 'object' && data !== null ? (data as { as_of?: unknown }).as_of : undefined
  return typeof told_of === 'string' ? told_of : undefined
}

/** Where a password is asked for again, 401 says that it was wrong; elsewhere it says that nobody is signed in. */
export function endsSession(problem: Pick<Problem, 'status' | 'code'>, url: string): boolean {
  if (problem.status !== 401) return false
  return problem.code === 'SESSION_ENDED' || !/\/api\/v1\/(session|session\/renewal|account\/password)$/.test(url)
}

async function problemFrom(response: Response, error: unknown): Promise<Problem> {
  if (typeof error !== 'object' || error === null) return problemOf(response.bodyUsed ? new Response(null, response) : response)
  const wait = Number(response.headers.get('Retry-After') ?? Number.NaN)
  return new Problem(
    response.status,
    error,
    response.headers.get('Kinhub-Request') ?? '',
    Number.isFinite(wait) ? wait : null
  )
}

/** A key under which an act is done once, however often it is sent. */
export function idempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
