// The hub tells why a lead is there as a sentence of its Chinese catalogue (hub/base/texts.cpp). For English readers the
// sentence is read back into its parts and said in English; what is not one of these stays as it is.
import type { Language } from '../api/views'

const people: readonly [string, string][] = [
  ['子女的另一方父母', "the child's other parent"],
  ['子女父母中的另一方', "the child's other parent"],
  ['本人', 'this parent'],
  ['子女', 'a child'],
  ['配偶', 'the spouse'],
  ['亲属', 'a relative']
]

/** {0} is whom it happened to, {1} a number. */
export const happenings: readonly [string, string][] = [
  ['{0}出生', 'birth of {0}'],
  ['{0}死亡', 'death of {0}'],
  ['{0}残疾等级{1}级', 'disability of {0}, grade {1}'],
  ['{0}残疾人证到期', 'end of the disability certificate of {0}'],
  ['{0}亲子关系登记', 'registration of whose child {0} is'],
  ['{0}收养登记', 'adoption of {0}'],
  ['{0}解除收养', 'end of the adoption of {0}'],
  ['结婚登记', 'marriage'],
  ['离婚登记', 'divorce'],
  ['{0}户籍迁移', 'registered residence of {0}'],
  ['{0}年满{1}周岁', 'age of {1} reached by {0}'],
  ['政策施行或标准调整', 'beginning or end of a policy or of its rate'],
  ['政策施行、到期或标准调整', 'beginning or end of a policy or of its rate'],
  ['部门数据完整性变化', 'change in how complete the records of agencies are'],
  ['其他待遇变化', 'change of another benefit'],
  ['子女死亡信息已由来源撤回', "the word of a child's death was taken back by its source"]
]

const who = people.map(([zh]) => zh).join('|')
const patterns = happenings.map(
  ([zh, en]) => [new RegExp(`^${zh.replace('{0}', `(?<who>${who})`).replace('{1}', '(?<n>\\d+)')}$`), en] as const
)

function happeningIn(text: string): string {
  for (const [pattern, en] of patterns) {
    const found = pattern.exec(text)
    if (!found) continue
    const person = people.find(([zh]) => zh === found.groups?.who)?.[1] ?? ''
    return en.replace('{0}', person).replace('{1}', found.groups?.n ?? '')
  }
  return text
}

export function reasonIn(reason: string, language: Language): string {
  if (language === 'zh') return reason
  const between = /^(\d{4}-\d{2}-\d{2})至(\d{4}-\d{2}-\d{2})之间 (.+)$/.exec(reason)
  if (between) return `between ${between[1]} and ${between[2]}: ${happeningIn(between[3]!)}`
  const dated = /^(\d{4}(?:-\d{2}){0,2}) (.+)$/.exec(reason)
  if (dated) return `${dated[1]} ${happeningIn(dated[2]!)}`
  return happeningIn(reason)
}

const dayOf = (reason: string): string => /^\d{4}(?:-\d{2}){0,2}/.exec(reason)?.[0] ?? ''
/** The newest first: a lead is there because of what happened last. */
export const newestFirst = (reasons: readonly string[]): string[] =>
  [...reasons].sort((a, b) => (dayOf(a) < dayOf(b) ? 1 : dayOf(a) > dayOf(b) ? -1 : 0))
