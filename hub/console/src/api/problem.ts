// Problems (RFC 9457) as the console meets them: what the hub refused, and what kept it from answering at all.
// Everything that goes wrong between a screen and the hub becomes one of these, so that there is one box to show it.

export interface ProblemBody {
  title?: string
  status?: number
  code?: string
  detail?: string
  instance?: string
  right?: string
  place?: string
  now?: unknown
  changed?: string[]
  errors?: { pointer: string; code: string; detail: string }[]
}

export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly detail: string
  /** Id of the request, as in the log of the hub. */
  readonly instance: string
  readonly right: string
  /** Of 412: the object as it is now, and which of its members are other than those that were seen. */
  readonly now: unknown
  readonly changed: readonly string[]
  /** Of 422: what is wrong with which member. */
  readonly errors: readonly { pointer: string; code: string; detail: string }[]
  readonly retryAfter_s: number | null

  constructor(status: number, body: ProblemBody, instance = '', retryAfter_s: number | null = null) {
    super(body.title ?? '')
    this.name = 'Problem'
    this.status = status
    this.code = body.code ?? (status === 0 ? 'UNREACHABLE' : 'UNKNOWN')
    this.detail = body.detail ?? ''
    this.instance = body.instance ?? instance
    this.right = body.right ?? ''
    this.now = body.now
    this.changed = body.changed ?? []
    this.errors = body.errors ?? []
    this.retryAfter_s = retryAfter_s
  }

  /** The session is none, or is over: only signing in helps. */
  get signedOut(): boolean {
    return this.status === 401
  }
  /** Asking again may help without anybody doing anything. */
  get passing(): boolean {
    return this.status === 0 || this.status === 503 || this.status === 502 || this.status === 408
  }
}

export const unreachable = (): Problem => new Problem(0, { code: 'UNREACHABLE' })

/** The problem that an answer tells of; an answer in no form we know still is one, with its status. */
export async function problemOf(response: Response): Promise<Problem> {
  let body: ProblemBody = {}
  try {
    const read: unknown = await response.clone().json()
    if (typeof read === 'object' && read !== null) body = read as ProblemBody
  } catch {
    // Not JSON: a gateway in between answered.
  }
  const wait = Number(response.headers.get('Retry-After') ?? Number.NaN)
  return new Problem(
    response.status,
    body,
    response.headers.get('Kinhub-Request') ?? '',
    Number.isFinite(wait) ? wait : null
  )
}

export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : unreachable()
}
