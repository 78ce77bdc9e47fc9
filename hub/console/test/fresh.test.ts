import { beforeEach, describe, expect, it, vi } from 'vitest'
import { giveUp, sayAgain, waiting, whenFresh } from '../src/account/fresh'
import { Problem } from '../src/api/problem'

vi.mock('../src/api/client', () => ({ client: { POST: async () => ({}) }, told: async (answer: unknown) => answer }))
vi.mock('../src/session/session', () => ({ begun: () => undefined }))

describe('an act that asks for the password again', () => {
  const stale = new Problem(403, { code: 'FRESH_SIGN_IN' })
  beforeEach(() => {
    waiting.value = null
  })
  async function began(...answers: (Problem | null)[]): Promise<{ told: unknown[]; all: Promise<unknown> }> {
    const told: unknown[] = []
    const act = async (): Promise<void> => {
      const answer = answers.shift()
      if (answer) throw answer
    }
    const all = whenFresh(act).then(
      () => told.push('done'),
      (error) => told.push(error)
    )
    await vi.waitFor(() => expect(waiting.value).not.toBeNull())
    return { told, all }
  }
  it('tells what the act came to after the password was said', async () => {
    const refused = new Problem(409, { code: 'ACCOUNT_EXISTS' })
    const { told, all } = await began(stale, refused)
    await sayAgain('x')
    await all
    expect(told).toEqual([refused])
  })
  it('is done when it was done, and when it was given up', async () => {
    const one = await began(stale, null)
    await sayAgain('x')
    await one.all
    const other = await began(stale)
    giveUp()
    await other.all
    expect([...one.told, ...other.told]).toEqual(['done', 'done'])
    expect(waiting.value).toBeNull()
  })
})
