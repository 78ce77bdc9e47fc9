import { describe, expect, it } from 'vitest'
import type { Month } from '../src/api/views'
import { cellsOf, cellText, differenceText, edgesOf, stepFrom, windowOf, yearsIn, type StripWords } from '../src/leads/months'

const words: StripWords = {
  none: '无',
  pending: '待定',
  unknown_sum: '金额不明',
  even: '一致',
  arrears: (sum) => `补发 ${sum}`,
  overpaid: (sum) => `多发 ${sum}`,
  month: (parts) => `${parts.month}：应享 ${parts.computed}，认定 ${parts.decided}，差额 ${parts.difference}`
}
const month = (name: string, computed: Month['computed'], decided: Month['decided'], difference_fen: number | null): Month => ({
  month: name,
  computed,
  decided,
  difference_fen
})
const due = { fen: 59000, certainty: 'sure' as const }

describe('the month strip', () => {
  it('shows as many years as fit', () => {
    expect([1366, 1024, 320].map(yearsIn)).toEqual([3, 2, 1])
    expect(windowOf(2026, 1)).toEqual({ from: '2026-01-01', until: '2027-01-01' })
  })
  it('says each month in words: what is due, what was decided, what differs', () => {
    const [paid, stopped, pending, unknown] = cellsOf([
      month('2026-10', due, { fen: 59000 }, 0),
      month('2026-11', null, { fen: 59000 }, -59000),
      month('2026-12', { fen: 59000, certainty: 'pending' }, null, 59000),
      month('2027-01', { fen: null, certainty: 'sure' }, null, null)
    ])
    expect(cellText(paid!, words, 'zh')).toBe('2026年10月：应享 590，认定 590，差额 一致')
    expect(cellText(stopped!, words, 'zh')).toBe('2026年11月：应享 无，认定 590，差额 多发 590')
    expect(cellText(pending!, words, 'zh')).toBe('2026年12月：应享 590 待定，认定 无，差额 补发 590')
    expect(cellText(unknown!, words, 'en')).toBe('2027-01：应享 金额不明，认定 无，差额 金额不明')
    expect(differenceText(stopped!, words)).toBe('多发 590')
  })

  it('marks where a run begins and where its sum changes', () => {
    const cells = cellsOf([
      month('2022-05', null, null, 0),
      month('2022-06', { fen: 45000, certainty: 'sure' }, null, 45000),
      month('2022-07', due, null, 59000),
      month('2022-08', due, { fen: 59000 }, 0)
    ])
    expect(cells.map((cell) => cell.computed_begins)).toEqual([false, true, true, false])
    expect(cells.map((cell) => cell.decided_begins)).toEqual([false, false, false, true])
  })

  it('is walked by arrow keys and never left by them', () => {
    expect(stepFrom(0, 36, 'ArrowRight')).toBe(1)
    expect(stepFrom(0, 36, 'ArrowLeft')).toBe(0)
    expect(stepFrom(35, 36, 'ArrowRight')).toBe(35)
    expect(stepFrom(20, 36, 'PageUp')).toBe(8)
    expect(stepFrom(20, 36, 'PageDown')).toBe(32)
    expect(stepFrom(20, 36, 'Home')).toBe(0)
    expect(stepFrom(20, 36, 'End')).toBe(35)
    expect(stepFrom(20, 36, 'q')).toBeNull()
  })

  it('shows three years, the last day not included', () => {
    expect(windowOf(2025)).toEqual({ from: '2025-01-01', until: '2028-01-01' })
  })

  it('puts evidence, ends of what is due and today at their months, in order of days', () => {
    const edges = edgesOf(
      [
        { source: 'civil-affairs', key: null, fact: 'adoption', on: '2026-11-18', received_at: '', sequence: 1 },
        { source: 'public-security', key: null, fact: 'birth', on: '1955', received_at: '', sequence: 2 }
      ],
      [{ from: '2019-03-02', until: '2026-11-18' }],
      '2026-11-30'
    )
    expect(edges.get('2026-11')?.map((edge) => edge.kind)).toEqual(['evidence', 'ends', 'today'])
    expect(edges.get('2019-03')?.map((edge) => edge.kind)).toEqual(['starts'])
    expect(Array.from(edges.keys())).not.toContain('1955')
  })
})
