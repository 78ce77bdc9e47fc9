// Where the people of a family stand in its tree: rows are generations, couples stand side by side by the day of their
// marriage, children by birth under their parents. Pure; it knows no colours and draws nothing.
import type { Family, Kin, Member } from '../api/views'

export const box = { width: 168, height: 58, gap: 28, couple_gap: 104, row_gap: 96 } as const
export const rows_max = 3
const line_gap = 62

export interface Placed {
  member: Member
  row: number
  x: number
  y: number
}
export interface Line {
  kin: Kin
  /** The corners of the line, from person to person. */
  points: [number, number][]
  /** Where its words stand. */
  at: [number, number]
}
export interface Layout {
  people: Placed[]
  lines: Line[]
  width: number
  height: number
  /** How many people stand beyond the rows that are drawn. */
  beyond: number
}

const refOf = (member: Member): string => member.person.ref
const first = (a: string | null | undefined, b: string | null | undefined): number => ((a ?? '') < (b ?? '') ? -1 : (a ?? '') > (b ?? '') ? 1 : 0)

/** Row of each person. Parents stand above their children, spouses in one row. Ends for loops of contradicting words too. */
function generations(family: Family): Map<string, number> {
  const row = new Map(family.members.map((member) => [refOf(member), 0]))
  const known = family.kin.filter((kin) => row.has(kin.from_person) && row.has(kin.to_person))
  for (let turn = 0; turn < family.members.length; ++turn) {
    let moved = false
    for (const kin of known) {
      const from = row.get(kin.from_person)!
      const to = row.get(kin.to_person)!
      if (kin.kind === 'parent_of' && to < from + 1 && from + 1 <= family.members.length) {
        row.set(kin.to_person, from + 1)
        moved = true
      } else if (kin.kind === 'spouse_of' && from !== to) {
        row.set(kin.from_person, Math.max(from, to))
        row.set(kin.to_person, Math.max(from, to))
        moved = true
      }
    }
    if (!moved) break
  }
  return row
}

/** The first of the rows that are drawn: those that hold most people. */
function firstRow(rows: readonly number[]): number {
  const last = Math.max(0, ...rows)
  let best = 0
  let most = -1
  for (let at = 0; at <= Math.max(0, last - rows_max + 1); ++at) {
    const count = rows.filter((row) => row >= at && row < at + rows_max).length
    if (count > most) [best, most] = [at, count]
  }
  return best
}

/** People of a row in groups that are married to each other, each group in the order of its marriages. */
function groupsOf(people: Member[], marriages: Kin[]): Member[][] {
  const left = new Map(people.map((member) => [refOf(member), member]))
  const groups: Member[][] = []
  for (const member of people) {
    if (!left.has(refOf(member))) continue
    const group: Member[] = []
    // Whoever has several marriages stands between them: begin with one who has but one.
    const queue = [member]
    left.delete(refOf(member))
    while (queue.length > 0) {
      const one = queue.shift()!
      group.push(one)
      for (const kin of marriages.filter((each) => each.from_person === refOf(one) || each.to_person === refOf(one))) {
        const other = left.get(kin.from_person === refOf(one) ? kin.to_person : kin.from_person)
        if (!other) continue
        left.delete(refOf(other))
        queue.push(other)
      }
    }
    const middle = group.find((one) => marriages.filter((kin) => kin.from_person === refOf(one) || kin.to_person === refOf(one)).length > 1)
    if (middle && group.length > 2) {
      group.splice(group.indexOf(middle), 1)
      group.splice(1, 0, middle)
    }
    groups.push(group)
  }
  return groups
}

const widthOf = (group: Member[]): number => group.length * box.width + (group.length - 1) * box.couple_gap

export function layoutOf(family: Family): Layout {
  const row_of = generations(family)
  const top = firstRow(Array.from(row_of.values()))
  const drawn = family.members.filter((member) => {
    const row = row_of.get(refOf(member))! - top
    return row >= 0 && row < rows_max
  })
  const marriages = family.kin.filter((kin) => kin.kind === 'spouse_of').sort((a, b) => first(a.from, b.from))
  const parents = family.kin.filter((kin) => kin.kind === 'parent_of')
  const x = new Map<string, number>()
  const rows = Array.from({ length: rows_max }, (_, at) =>
    drawn.filter((member) => row_of.get(refOf(member))! - top === at).sort((a, b) => first(a.born, b.born) || first(refOf(a), refOf(b)))
  ).filter((row) => row.length > 0)

  const centreAbove = (group: Member[]): number | null => {
    const at = group.flatMap((member) =>
      parents.filter((kin) => kin.to_person === refOf(member) && x.has(kin.from_person)).map((kin) => x.get(kin.from_person)! + box.width / 2)
    )
    return at.length ? at.reduce((sum, one) => sum + one, 0) / at.length : null
  }
  for (const row of rows) {
    const groups = groupsOf(row, marriages).map((group) => ({ group, wants: centreAbove(group) }))
    groups.sort((a, b) => (a.wants ?? Infinity) - (b.wants ?? Infinity) || first(a.group[0]?.born, b.group[0]?.born))
    // Brothers and sisters are centred under their parents together.
    const same = (at: number): number => groups.filter((one) => one.wants !== null && one.wants === groups[at]!.wants).length
    let cursor = -Infinity
    groups.forEach(({ group, wants }, at) => {
      const width = widthOf(group)
      const together = groups.filter((one) => one.wants === wants && wants !== null)
      const span = together.reduce((sum, one) => sum + widthOf(one.group) + box.gap, -box.gap)
      const start = wants === null ? (cursor === -Infinity ? 0 : cursor) : same(at) > 1 && together[0]!.group !== group ? cursor : wants - span / 2
      let left = Math.max(cursor, start)
      for (const member of group) {
        x.set(refOf(member), left)
        left += box.width + box.couple_gap
      }
      cursor = Math.max(cursor, left - box.couple_gap + box.gap)
      if (cursor === -Infinity) cursor = width
    })
  }
  const leftmost = Math.min(0, ...x.values())
  const people: Placed[] = rows.flatMap((row, at) =>
    row.map((member) => ({
      member,
      row: at,
      x: Math.round(x.get(refOf(member))! - leftmost),
      y: at * (box.height + box.row_gap)
    }))
  )
  const place = new Map(people.map((one) => [refOf(one.member), one]))
  return {
    people,
    lines: family.kin.flatMap((kin) => {
      const line = lineOf(kin, place, parents)
      return line ? [line] : []
    }),
    width: Math.max(0, ...people.map((one) => one.x + box.width)),
    height: rows.length * box.height + Math.max(0, rows.length - 1) * box.row_gap,
    beyond: family.members.length - drawn.length
  }
}

function lineOf(kin: Kin, place: Map<string, Placed>, parents: Kin[]): Line | null {
  const from = place.get(kin.from_person)
  const to = place.get(kin.to_person)
  if (!from || !to) return null
  if (kin.kind === 'spouse_of') {
    const [left, right] = from.x < to.x ? [from, to] : [to, from]
    const y = left.y + box.height / 2
    const next = right.x - left.x <= box.width + box.couple_gap
    if (next)
      return {
        kin,
        points: [
          [left.x + box.width, y],
          [right.x, y]
        ],
        at: [(left.x + box.width + right.x) / 2, y]
      }
    const below = left.y + box.height + 14 // around whoever stands between
    return {
      kin,
      points: [
        [left.x + box.width / 2, left.y + box.height],
        [left.x + box.width / 2, below],
        [right.x + box.width / 2, below],
        [right.x + box.width / 2, right.y + box.height]
      ],
      at: [(left.x + right.x + box.width) / 2, below]
    }
  }
  // The lines of a child end beside each other, in the order in which its parents stand.
  const above = parents
    .filter((each) => each.to_person === kin.to_person && place.has(each.from_person))
    .sort((a, b) => place.get(a.from_person)!.x - place.get(b.from_person)!.x || first(a.from, b.from))
  const start = from.x + box.width / 2
  const turn = from.y + box.height + box.row_gap * 0.3 + above.indexOf(kin) * 9
  const end = to.x + box.width / 2 + (above.indexOf(kin) - (above.length - 1) / 2) * line_gap
  return {
    kin,
    points: [
      [start, from.y + box.height],
      [start, turn],
      [end, turn],
      [end, to.y]
    ],
    at: [end, to.y - box.row_gap * 0.28]
  }
}
