import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { en } from '../src/words/en'
import { gentle } from '../src/words/gentle'
import { heldBecause, heldText, problems, problemText } from '../src/words/problems'
import { happenings, reasonIn } from '../src/words/reasons'
import { zh } from '../src/words/zh'

const root = join(__dirname, '..')
const hub_texts = readFileSync(join(root, '../base/texts.cpp'), 'utf8')

function flat(table: object, before = ''): Map<string, string> {
  const all = new Map<string, string>()
  for (const [name, value] of Object.entries(table))
    if (typeof value === 'string') all.set(before + name, value)
    else for (const [inner, text] of flat(value as object, `${before}${name}.`)) all.set(inner, text)
  return all
}
function files(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? files(path) : /\.(ts|vue)$/.test(name) ? [path] : []
  })
}
const both = { ...problems, ...Object.fromEntries(Object.entries(heldBecause).map(([code, words]) => [`held.${code}`, words])) }
const inTables = (which: 'zh' | 'en') => new Map(Object.entries(both).map(([code, words]) => [`problems.${code}`, words[which]]))
const chinese = new Map([...flat(zh), ...inTables('zh')])
const english = new Map([...flat(en), ...inTables('en')])
const places = (text: string): string[] => (text.match(/\{[a-z_]+\}/g) ?? []).sort()
const source = files(join(root, 'src')).map((path) => [path, readFileSync(path, 'utf8')] as const)

describe('the catalogue', () => {
  it('has every text in both languages, with the same places', () => {
    expect(Array.from(english.keys()).sort()).toEqual(Array.from(chinese.keys()).sort())
    for (const [key, text] of chinese) {
      expect(text.trim(), key).not.toBe('')
      expect(english.get(key)!.trim(), key).not.toBe('')
      expect(new Set(places(english.get(key)!)), key).toEqual(new Set(places(text)))
    }
  })

  it('has every text that a screen asks for', () => {
    const unknown: string[] = []
    for (const [path, text] of source)
      for (const [, key] of text.matchAll(/\bt\(\s*'([a-z_]+(?:\.[A-Za-z_]+)+)'/g)) if (!chinese.has(key!)) unknown.push(`${path}: ${key}`)
    expect(unknown).toEqual([])
  })

  it('leaves no Chinese and no sentence in a screen outside of it', () => {
    const found: string[] = []
    for (const [path, text] of source) {
      if (/words\//.test(path)) continue
      const lines = text.replace(/<style[\s\S]*<\/style>/g, '').split('\n')
      lines.forEach((line, at) => {
        const code = line.replace(/\/\/.*|\/\*.*|^\s*\*.*/, '')
        if (/\p{Script=Han}/u.test(code)) found.push(`${path}:${at + 1}: ${code.trim()}`)
      })
    }
    expect(found).toEqual([])
  })

  it('says what the hub says: kinds, states, waits and happenings are those of hub/base/texts.cpp', () => {
    const said = (name: string): { zh: string; en: string } => {
      const found = new RegExp(`\\{Text::${name},\\s*"([^"]*)",?\\s*((?:"[^"]*"\\s*)+)\\}`).exec(hub_texts)
      expect(found, name).not.toBeNull()
      return { zh: found![1]!, en: Array.from(found![2]!.matchAll(/"([^"]*)"/g), (part) => part[1]).join('') }
    }
    for (const kind of ['new', 'changed', 'ended', 'verify'] as const) expect(zh.kind[kind]).toBe(said(`lead_${kind}`).zh)
    for (const state of ['open', 'confirmed', 'dismissed', 'closed'] as const) expect(zh.lead_state[state]).toBe(said(`state_${state}`).zh)
    const waits = Array.from(readFileSync(join(root, '../lead/account_words.cpp'), 'utf8').matchAll(/\{"([a-z -]+)", Text::(wait_\w+)\}/g))
    expect(waits.length).toBeGreaterThan(10)
    for (const [, code, name] of waits) {
      expect(zh.pending[code as keyof typeof zh.pending], code).toBe(said(name!).zh)
      expect(en.pending[code as keyof typeof zh.pending], code).toBe(said(name!).en)
    }
    const all = Array.from(hub_texts.matchAll(/\{Text::\w+,\s*"([^"]*)",\s*((?:"[^"]*"\s*)+)\}/g), (one) => [
      one[1]!,
      Array.from(one[2]!.matchAll(/"([^"]*)"/g), (part) => part[1]).join('')
    ])
    for (const happening of happenings) expect(all).toContainEqual(happening)
  })

  it('says of every problem of the API what it means, and of a code that it does not know what to do', () => {
    const table = Array.from(readFileSync(join(root, '../api/problem.cpp'), 'utf8').matchAll(/Problem\{"([A-Z_]+)", \d/g), (one) => one[1]!)
    expect(table.length).toBeGreaterThan(30)
    expect(table.filter((code) => !problems[code])).toEqual([])
    expect(Object.keys(zh.held_code).filter((code) => !heldBecause[code])).toEqual([])
    expect(problemText('NO_SUCH_RUN', 'zh')).toBe(problems.NO_SUCH_PAGE!.zh)
    expect(problemText('LATER_CODE', 'zh')).toContain('请求编号')
    expect(heldText('LATER_CODE', 'en')).toContain('technical')
  })

  it('has a word for operations of the hub and for no others', () => {
    const table = readFileSync(join(root, '../desk/operations.cpp'), 'utf8')
    const doors = ['account.first', 'account.password', 'session.begin', 'session.end', 'session.renew']
    for (const role of Object.keys(zh.accounts.role)) expect(table.includes(`AccountRole{"${role}"`) || new RegExp(`"${role}", "`).test(table), role).toBe(true)
    for (const operation of Object.keys(zh.operation))
      expect(doors.includes(operation) || table.includes(`"${operation}"`), operation).toBe(true)
  })

  it('reads a reason of the hub back and says it in English', () => {
    expect(reasonIn('2026-11-18 子女死亡', 'en')).toBe('2026-11-18 death of a child')
    expect(reasonIn('2025-07-04 子女的另一方父母年满49周岁', 'en')).toBe("2025-07-04 age of 49 reached by the child's other parent")
    expect(reasonIn('2026-01-01至2026-03-01之间 子女残疾等级3级', 'en')).toBe('between 2026-01-01 and 2026-03-01: disability of a child, grade 3')
    expect(reasonIn('2026-11-18 子女死亡', 'zh')).toBe('2026-11-18 子女死亡')
    expect(reasonIn('<img src=x onerror=alert(1)>', 'en')).toBe('<img src=x onerror=alert(1)>')
  })
})

describe('the wording', () => {
  // R19: say died, plainly; nobody is labelled, nothing is cheered, no sum is demanded back.
  const never_zh = ['失独', '失去', '不幸', '节哀', '去世', '过世', '逝世', '骗领', '冒领', '追缴通知', '成功！', '恭喜', '哦', '哎呀']
  const never_en = ['passed away', 'lost their', 'bereaved', 'sorry', 'oops', 'unfortunately', 'congrat', 'success!', 'fraud', 'victim', 'deceased']

  it('has none of the words that hurt', () => {
    for (const [key, text] of chinese) for (const word of never_zh) expect(text.includes(word), `${key}: ${text}`).toBe(false)
    for (const [key, text] of english) for (const word of never_en) expect(text.toLowerCase().includes(word), `${key}: ${text}`).toBe(false)
  })

  it('tells neither the age of the dead nor what they died of', () => {
    for (const [key, text] of [...chinese, ...english]) expect(/享年|终年|死因|cause of death|aged \d|age of the dead/i.test(text), `${key}: ${text}`).toBe(false)
  })

  it('has no mark of exclamation', () => {
    for (const [key, text] of [...chinese, ...english]) expect(/[!！]/.test(text), `${key}: ${text}`).toBe(false)
  })

  it('names a condition by what happened where a policy file labels the family', () => {
    expect(gentle('失独')).toBe('独生子女已故')
    expect(gentle('不属于“失独家庭”的情形')).toBe('不属于“子女已故家庭”的情形')
    expect(gentle('bereaved')).toBe('only child died')
  })
})
