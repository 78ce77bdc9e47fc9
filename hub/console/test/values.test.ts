import { describe, expect, it } from 'vitest'
import type { Explanation, Lead } from '../src/api/views'
import { checkCharacter, readWanted } from '../src/families/references'
import { nameOf } from '../src/keys/keys'
import { differencesOf } from '../src/leads/changes'
import { csvOf } from '../src/leads/csv'
import { sentenceOf } from '../src/leads/sentence'
import { byUrgency, urgencyOf } from '../src/leads/urgency'
import { neighbours } from '../src/leads/walk'
import { linesOf } from '../src/leads/why'
import { groupsOf } from '../src/pipeline/groups'
import { hubSaid, hubTime, lastsFrom, mark, since } from '../src/session/clock'
import { isOver, rest_ms, resting, sessionLasts } from '../src/session/idle'
import { sheetOf, stateOf } from '../src/pipeline/sheet'
import { newestFirst } from '../src/words/reasons'
import { amountText, daysBetween, moment, plusDays, today, visible, yuan } from '../src/words/format'

const lead: Lead = {
  id: 'L0a9x3w7tq2m5c',
  kind: 'new',
  state: 'open',
  benefit: 'national-special-assistance/death',
  person: { ref: 'P1', name: '李*女', citizen_id: null },
  family: 'F1',
  area: null,
  revision: 7,
  from: '2026-11-18',
  until: null,
  amount: { fen: 59000, per: 'month' },
  certainty: 'sure',
  pending: [],
  reasons: [],
  evidence: [],
  timeline: [],
  opened_at: '2026-11-22T01:15:02+08:00',
  not_before: null,
  arrears_fen: 0,
  overpaid_fen: 0,
  held_events: [],
  decisions: []
}

describe('how values are written', () => {
  it('writes fen as yuan, grouped, without its zeros where room is short', () => {
    expect(yuan(59000)).toBe('590.00')
    expect(yuan(-59050)).toBe('−590.50')
    expect(yuan(1234567800)).toBe('12,345,678.00')
    expect(yuan(59000, true)).toBe('590')
    expect(yuan(59005, true)).toBe('590.05')
    expect(amountText({ fen: 59000, per: 'month' }, 'zh')).toBe('590 元/月')
    expect(amountText(null, 'en')).toBe('—')
  })

  it('writes times in China whatever zone the machine is in, and nothing for what is no time', () => {
    expect(moment('2026-11-30T16:30:00Z')).toBe('2026-12-01 00:30')
    expect(today(new Date('2026-11-30T16:30:00Z'))).toBe('2026-12-01')
    expect(moment(null)).toBe('')
    expect(moment('soon')).toBe('')
  })

  it('counts days over the end of February', () => {
    expect(plusDays('2028-02-28', 1)).toBe('2028-02-29')
    expect(plusDays('2026-03-01', -1)).toBe('2026-02-28')
    expect(daysBetween('2026-11-28', '2026-12-01')).toBe(3)
  })

  it('shows marks that no eye sees, and leaves characters of names alone', () => {
    expect(visible('王\u202e试男')).toBe('王⟨U+202E⟩试男')
    expect(visible('李*𠮷 㛃')).toBe('李*𠮷 㛃')
    expect(visible('<img src=x onerror=alert(1)>{{7*7}}')).toBe('<img src=x onerror=alert(1)>{{7*7}}')
  })
})

describe('what is typed into the search box', () => {
  const front = '32222819680512' + '012'
  it('knows references by their letter', () => {
    expect(readWanted('L0a9x3w7tq2m5c')).toEqual({ kind: 'lead', ref: 'L0a9x3w7tq2m5c' })
    expect(readWanted(' p7f3kq2m ')).toEqual({ kind: 'person', ref: 'P7f3kq2m' })
    expect(readWanted('F7f3kq2m')).toEqual({ kind: 'wrong', why: 'form' })
    expect(readWanted('P1/../../x')).toEqual({ kind: 'wrong', why: 'form' })
  })
  it('takes a citizen number with its right check character alone', () => {
    const right = front + checkCharacter(front)
    expect(readWanted(right)).toEqual({ kind: 'number', number: right })
    expect(readWanted(front + (checkCharacter(front) === '1' ? '2' : '1'))).toEqual({ kind: 'wrong', why: 'check digit' })
    expect(readWanted('３２２')).toEqual({ kind: 'wrong', why: 'form' })
  })
})

describe('urgency', () => {
  const on = '2026-11-30'
  it('is now where money runs on, even before the day of visits', () => {
    expect(urgencyOf({ ...lead, kind: 'ended', overpaid_fen: 59000, not_before: '2026-12-09' }, on).level).toBe('now')
  })
  it('waits before that day, then goes by what is sure', () => {
    expect(urgencyOf({ ...lead, not_before: '2026-12-09' }, on)).toEqual({ level: 'wait', because: 'not_before', due_on: '2026-12-09' })
    expect(urgencyOf({ ...lead, not_before: '2026-11-30' }, on).level).toBe('soon')
    expect(urgencyOf({ ...lead, certainty: 'pending' }, on).level).toBe('later')
    expect(urgencyOf({ ...lead, kind: 'verify', certainty: 'pending' }, on).level).toBe('now')
    expect(urgencyOf({ ...lead, state: 'confirmed' }, on).because).toBe('settled')
  })
  it('puts the most urgent first and leaves the others in their order', () => {
    const rows = [
      { ...lead, id: 'a' },
      { ...lead, id: 'b', not_before: '2026-12-20' },
      { ...lead, id: 'c', not_before: '2026-12-09' },
      { ...lead, id: 'd', kind: 'verify' as const },
      { ...lead, id: 'e' }
    ]
    expect(byUrgency(rows, on).map((row) => row.id)).toEqual(['d', 'a', 'e', 'c', 'b'])
  })
})

describe('deciding', () => {
  it('says of an ended right the last day that counts, which is the one before', () => {
    expect(sentenceOf({ ...lead, kind: 'ended', from: '2026-10-18' }, 'confirm', '特别扶助金-死亡', 'zh')).toEqual({
      key: 'sentence_end',
      words: { name: '李*女', benefit: '特别扶助金-死亡', from: '2026-10-18', last: '2026-10-17' }
    })
    expect(sentenceOf(lead, 'confirm', 'x', 'zh').key).toBe('sentence_start')
    expect(sentenceOf({ ...lead, benefit: 'record/death' }, 'confirm', 'x', 'zh').key).toBe('sentence_record')
    expect(sentenceOf({ ...lead, until: '2027-01-01' }, 'confirm', 'x', 'zh').key).toBe('sentence_span')
    expect(sentenceOf(lead, 'dismiss', 'x', 'zh').key).toBe('sentence_dismiss')
  })
  it('shows after 412 what differs and nothing else', () => {
    const now: Lead = { ...lead, revision: 8, until: '2026-12-01', certainty: 'pending', opened_at: 'x' }
    expect(differencesOf(lead, now).map((one) => one.member)).toEqual(['until', 'certainty'])
  })
  it('begins with what happened last', () => {
    const reasons = ['2019-03-02 a', 'undated', '2026-10-18 b', '2025-07 c']
    expect(newestFirst(reasons)).toEqual(['2026-10-18 b', '2025-07 c', '2019-03-02 a', 'undated'])
  })
  it('goes along the list', () => {
    expect(neighbours(['a', 'b', 'c'], 'b')).toEqual({ before: 'a', after: 'c', at: 1 })
    expect(neighbours(['a'], 'a')).toEqual({ before: null, after: null, at: 0 })
    expect(neighbours(['a'], 'z')).toEqual({ before: null, after: null, at: -1 })
  })
})

describe('a page as CSV', () => {
  it('is letters for a spreadsheet, whatever stands in it', () => {
    expect(csvOf(['姓名', '金额'], [['=HYPERLINK("x")', '+590.00'], ['李*女, "a"', '@x'], ['−460', '-1']])).toBe(
      '\ufeff姓名,金额\r\n"\'=HYPERLINK(""x"")","\'+590.00"\r\n"李*女, ""a""","\'@x"\r\n−460,"\'-1"\r\n'
    )
  })
})

describe('time', () => {
  const start = { steady_ms: 5_000, wall_ms: Date.parse('2026-12-01T09:00:00Z') }
  const later = (ms: number, clock_ms = ms) => ({ steady_ms: start.steady_ms + ms, wall_ms: start.wall_ms + clock_ms })
  it('is as long as the hub says where the hub has not told what time it is', () => {
    expect(hubTime()).toBeNull()
    expect(lastsFrom(start, '2026-12-01T20:00:00Z', 900_000)).toBe(900_000)
  })
  it('is counted by the hub, whatever the clock of this machine says', () => {
    hubSaid('2026-12-01T08:00:00Z', start) // this machine is an hour ahead
    expect(lastsFrom(start, '2026-12-01T08:15:00Z', 900_000)).toBe(900_000)
    expect(lastsFrom(later(60_000), '2026-12-01T08:15:00Z', 900_000)).toBe(840_000)
    expect(lastsFrom(start, '2026-12-01T07:00:00Z', 900_000)).toBe(0)
    expect(lastsFrom(start, '2026-12-02T08:00:00Z', 900_000)).toBe(900_000)
    expect(lastsFrom(start, 'no time', 900_000)).toBe(900_000)
  })
  it('passes while the machine sleeps, and when its clock is set back', () => {
    expect(since(start, later(1_000, 600_000))).toBe(600_000)
    expect(since(start, later(5_000, -3_600_000))).toBe(5_000)
  })
})

describe('rest', () => {
  it('ends what asks by itself after two minutes, and the session after its own time', () => {
    const now = mark()
    const at = (ms: number) => ({ steady_ms: now.steady_ms + ms, wall_ms: now.wall_ms + ms })
    expect(resting(now)).toBe(false)
    expect(resting(at(rest_ms + 1000))).toBe(true)
    expect(isOver(at(1e9))).toBe(false) // nobody has signed in
    hubSaid('2026-12-01T08:00:00Z', now)
    sessionLasts('2026-12-01T08:30:00Z', now)
    expect(isOver(at(1_790_000))).toBe(false)
    expect(isOver(at(1_801_000))).toBe(true)
    sessionLasts(null, now)
    expect(isOver(at(890_000))).toBe(false)
    expect(isOver(at(901_000))).toBe(true)
  })
})

describe('conditions', () => {
  const node = (value: Explanation['value'], quote: string | null, parts: Explanation[] = []): Explanation => ({
    value,
    condition: '',
    clause: null,
    quote,
    causes: [],
    words: { zh: '', en: '' },
    facts: [],
    parts
  })
  it('shows all, or what decides', () => {
    const tree = node('not met', null, [node('met', null), node('not met', 'quoted', [node('met', null), node('not met', null)])])
    expect(linesOf(tree, false).map((line) => line.place)).toEqual(['0', '1', '1.0', '1.1'])
    expect(linesOf(tree, true).map((line) => line.place)).toEqual(['1', '1.1'])
    const negation = node('not met', null, [node('met', 'told')])
    expect(linesOf(node('not met', null, [node('met', null), negation]), true).map((line) => line.place)).toEqual(['1.0'])
    expect(linesOf(node('met', null, [node('met', null, [node('not met', null)]), node('met', 'quoted')]), true).map((line) => line.place)).toEqual(['1'])
  })
})

describe('the pipeline', () => {
  const held = (id: string, code: string, received_at: string) => ({ id, source: 'hospital-his', key: null, code, place: null, reason: '', received_at, attempts: 1, bytes: 1 })
  it('groups what is held by its cause, the largest first', () => {
    expect(groupsOf([held('1', 'B', '3'), held('2', 'A', '2'), held('3', 'A', '1')])).toEqual([
      { source: 'hospital-his', code: 'A', count: 2, first: '1', last: '2' },
      { source: 'hospital-his', code: 'B', count: 1, first: '3', last: '3' }
    ])
  })
  it('puts a source with a residue on top', () => {
    const counts = (residue: number) => ({ received: 1, applied: 1, filtered: 0, duplicate: 0, quarantined: 0, in_flight: 0, repeated: 0, lost: 0, unmatched: 0, unnamed: 0, residue })
    const balance = { ...counts(1), sources: { a: counts(0), z: counts(1) } }
    expect(sheetOf([], balance).map((row) => row.name)).toEqual(['z', 'a'])
    expect(stateOf('failing: refused')).toEqual({ state: 'failing', why: 'refused' })
  })
})

describe('keys', () => {
  const stroke = (key: string, ctrlKey = false) => ({ key, ctrlKey, metaKey: false, altKey: false })
  it('names strokes and sequences, and leaves those of the browser alone', () => {
    expect(nameOf(stroke('j'), '')).toBe('j')
    expect(nameOf(stroke('l'), 'g')).toBe('g l')
    expect(nameOf(stroke('r', true), '')).toBe('')
  })
})
