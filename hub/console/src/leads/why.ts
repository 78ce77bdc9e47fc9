// The tree of conditions cut to what decides: a branch is kept when it is why the whole came out as it did. Pure.
import type { Explanation, Standing } from '../api/views'

/** Whether something in it came out as `value` did, down to a leaf: that is where a reader looks. */
export function decides(tree: Explanation, value: Standing): boolean {
  if (tree.value !== value) return false
  return tree.parts.length === 0 || tree.quote !== null || tree.parts.some((part) => decides(part, value) || part.value !== 'met')
}

export interface Line {
  tree: Explanation
  depth: number
  /** Where it is in the tree: 0.2.1 */
  place: string
}

/** The lines of the tree in order. `key_only`: without branches that are met where the whole is not, and the other way. */
export function linesOf(tree: Explanation, key_only: boolean): Line[] {
  const lines: Line[] = []
  const walk = (one: Explanation, depth: number, place: string): void => {
    one.parts.forEach((part, at) => {
      const here = `${place}${at}`
      const keeps = !key_only || part.quote !== null || part.facts.some((fact) => fact.by.length > 0) || part.value === 'unknown' ||
        (tree.value !== 'met' && part.value === tree.value && depth < 2)
      if (keeps) lines.push({ tree: part, depth, place: here })
      walk(part, keeps ? depth + 1 : depth, `${here}.`)
    })
  }
  walk(tree, 0, '')
  return lines
}
