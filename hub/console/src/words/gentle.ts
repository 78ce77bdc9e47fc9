// Words of policy files that a screen does not say: a label for a family stays in the document it comes from, quotes
// are untouched, and a condition is named by what happened (console specification, R19).
import type { Wording } from '../api/views'

const instead: readonly [RegExp, string][] = [
  [/失独家庭/g, '子女已故家庭'],
  [/失独/g, '独生子女已故'],
  [/\bbereaved\b/g, 'only child died']
]

export function gentle(text: string): string {
  return instead.reduce((said, [word, other]) => said.replace(word, other), text)
}

export function gentleWords(words: Wording): Wording {
  return { zh: gentle(words.zh), en: gentle(words.en) }
}
