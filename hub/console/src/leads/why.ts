// The tree of conditions as lines, whole or cut to what decides: a branch is followed where it came out as the whole did,
// because there lies why. Pure.
import type { Explanation } from '../api/views'

export interface Line {
  tree: Explanation
  depth: number
  /** Where it is in the tree: 0.2.1 */
  place: string
}

/** The parts that made it come out as it did; of a negation the part that is negated. */
function reasonsOf(tree: Explanation): Explanation[] {
  const same = tree.parts.filter((part) => part.value === tree.value)
  return same.length > 0 ? same : tree.parts
}

/** The lines of the tree in order. `key_only`: what decides, where it quotes a document or an agency told it. */
export function linesOf(tree: Explanation, key_only: boolean): Line[] {
  const lines: Line[] = []
  const walk = (one: Explanation, depth: number, place: string): void => {
    const followed = key_only ? reasonsOf(one) : one.parts
    one.parts.forEach((part, at) => {
      if (!followed.includes(part)) return
      const here = `${place}${at}`
      const told = part.quote !== null || part.facts.some((fact) => fact.by.length > 0)
      const keeps = !key_only || told || (tree.value !== 'met' && part.parts.length === 0)
      if (keeps) lines.push({ tree: part, depth, place: here })
      walk(part, keeps ? depth + 1 : depth, `${here}.`)
    })
  }
  walk(tree, 0, '')
  return lines
}
