// How days, times, money and references are written. One place, so that a column is aligned and a sum reads the same
// everywhere. Money is in fen, days are days of China, times are shown in Asia/Shanghai whatever the machine's zone is.
import type { Amount, Language, Wording } from '../api/views'

const parts = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Asia/Shanghai',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false
})

/** "2026-11-18 16:20:05"; empty for what is no time. */
export function whole(time: string | null | undefined): string {
  const at = time ? new Date(time) : null
  return at && !Number.isNaN(at.getTime()) ? parts.format(at) : ''
}
/** "2026-11-18 16:20" */
export const moment = (time: string | null | undefined): string => whole(time).slice(0, 16)
/** "10:32:05", for what is of today anyway. */
export const clock = (time: string | null | undefined): string => whole(time).slice(11, 19)

/** Today in China, as a day. */
export const today = (now: Date = new Date()): string => parts.format(now).slice(0, 10)

export function plusDays(day: string, days: number): string {
  const at = new Date(`${day}T00:00:00Z`)
  at.setUTCDate(at.getUTCDate() + days)
  return at.toISOString().slice(0, 10)
}

/** Days from one day to another; negative when the other lies before. */
export function daysBetween(from: string, until: string): number {
  return Math.round((Date.parse(`${until}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000)
}

/** "1,234.50"; whole yuan without its zeros where a column is short of room. */
export function yuan(fen: number, short = false): string {
  const sign = fen < 0 ? '−' : ''
  const whole_yuan = Math.floor(Math.abs(fen) / 100)
  const rest = Math.abs(fen) % 100
  const grouped = String(whole_yuan).replace(/\B(?=(\d{3})+$)/g, ',')
  return short && rest === 0 ? sign + grouped : `${sign}${grouped}.${String(rest).padStart(2, '0')}`
}

const per: Record<Amount['per'], Wording> = {
  month: { zh: '元/月', en: '/month' },
  year: { zh: '元/年', en: '/year' },
  once: { zh: '元 一次', en: ' once' }
}

export function amountText(amount: Amount | null, language: Language): string {
  if (!amount) return '—'
  const sum = yuan(amount.fen, true)
  return language === 'zh' ? `${sum} ${per[amount.per].zh}` : `¥${sum}${per[amount.per].en}`
}

export function moneyText(fen: number, language: Language): string {
  return language === 'zh' ? `${yuan(fen)} 元` : `¥${yuan(fen)}`
}

/** "1,234"; what nobody counted is no number, and never 0. */
export const numberText = (count: number | null | undefined): string =>
  typeof count === 'number' ? String(count).replace(/\B(?=(\d{3})+$)/g, ',') : '—'

/** 2026年11月 or 2026-11. */
export function monthText(month: string, language: Language): string {
  const [year, of_year] = month.split('-')
  return language === 'zh' ? `${year}年${Number(of_year)}月` : month
}

/** Whether it is Chinese: a text of the hub in the other language than the one that is shown is left out. */
export const hasHan = (text: string): boolean => /\p{Script=Han}/u.test(text)

/** Characters that no eye sees but that turn what follows around, shown as their code points. */
export function visible(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g,
    (mark) => `⟨U+${mark.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`
  )
}
