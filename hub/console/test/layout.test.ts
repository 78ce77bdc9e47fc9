import { describe, expect, it } from 'vitest'
import type { Family, Kin, Member } from '../src/api/views'
import { box, layoutOf } from '../src/families/layout'

const person = (ref: string, born: string): Member => ({
  person: { ref, name: ref, citizen_id: null },
  sex: null,
  born,
  died: null,
  disabilities: [],
  residences: []
})
const kin = (kind: Kin['kind'], from_person: string, to_person: string, from: string | null = null): Kin => ({
  kind,
  how: kind === 'parent_of' ? 'born' : null,
  from_person,
  to_person,
  from,
  until: null,
  certainty: 'sure',
  evidence: []
})
const family = (members: Member[], all: Kin[]): Family => ({ ref: 'F1', members, kin: all, conflicts: [] })

function overlaps(of: Family): string[] {
  const people = layoutOf(of).people
  const found: string[] = []
  for (const a of people)
    for (const b of people)
      if (a !== b && a.y === b.y && a.x < b.x && a.x + box.width > b.x) found.push(`${a.member.person.ref} ${b.member.person.ref}`)
  return found
}

describe('the layout of a family', () => {
  const parents = [person('mother', '1968'), person('father', '1966')]
  const couple = kin('spouse_of', 'father', 'mother', '1990-01-05')

  it('stands a couple in one row and the child below, between them', () => {
    const layout = layoutOf(family([...parents, person('child', '1991')], [couple, kin('parent_of', 'mother', 'child'), kin('parent_of', 'father', 'child')]))
    const at = new Map(layout.people.map((one) => [one.member.person.ref, one]))
    expect(at.get('mother')!.row).toBe(0)
    expect(at.get('father')!.row).toBe(0)
    expect(at.get('child')!.row).toBe(1)
    const middle = (at.get('mother')!.x + at.get('father')!.x + box.width) / 2
    expect(Math.abs(at.get('child')!.x + box.width / 2 - middle)).toBeLessThan(2)
    expect(layout.lines).toHaveLength(3)
    expect(layout.beyond).toBe(0)
  })

  it('stands who was married twice between both, in the order of the marriages', () => {
    const layout = layoutOf(
      family(
        [person('first', '1965'), person('he', '1966'), person('second', '1970')],
        [kin('spouse_of', 'he', 'second', '2010-05-01'), kin('spouse_of', 'he', 'first', '1988-05-01')]
      )
    )
    expect([...layout.people].sort((a, b) => a.x - b.x).map((one) => one.member.person.ref)).toEqual(['first', 'he', 'second'])
  })

  it('stands children by birth and lets nobody stand on another', () => {
    const of = family(
      [...parents, person('young', '1999'), person('old', '1991'), person('in-law', '1992'), person('grandchild', '2015')],
      [
        couple,
        ...['young', 'old'].flatMap((child) => [kin('parent_of', 'mother', child), kin('parent_of', 'father', child)]),
        kin('spouse_of', 'old', 'in-law', '2014-01-01'),
        kin('parent_of', 'old', 'grandchild'),
        kin('parent_of', 'in-law', 'grandchild')
      ]
    )
    const layout = layoutOf(of)
    const at = new Map(layout.people.map((one) => [one.member.person.ref, one]))
    expect(at.get('old')!.x).toBeLessThan(at.get('young')!.x)
    expect(at.get('grandchild')!.row).toBe(2)
    expect(overlaps(of)).toEqual([])
    for (const one of layout.people) {
      expect(one.x).toBeGreaterThanOrEqual(0)
      expect(one.x + box.width).toBeLessThanOrEqual(layout.width)
    }
  })

  it('draws three generations and counts who stands beyond them', () => {
    const line = ['a', 'b', 'c', 'd', 'e'].map((ref, at) => person(ref, String(1920 + 25 * at)))
    const layout = layoutOf(family(line, [kin('parent_of', 'a', 'b'), kin('parent_of', 'b', 'c'), kin('parent_of', 'c', 'd'), kin('parent_of', 'd', 'e')]))
    expect(layout.people).toHaveLength(3)
    expect(layout.beyond).toBe(2)
  })

  it('ends where sources contradict each other: two who are each the parent of the other', () => {
    const layout = layoutOf(family(parents, [kin('parent_of', 'mother', 'father'), kin('parent_of', 'father', 'mother')]))
    expect(layout.people.length + layout.beyond).toBe(2)
  })

  it('is the same whatever order the hub tells a family in', () => {
    const members = [...parents, person('child', '1991')]
    const all = [couple, kin('parent_of', 'mother', 'child'), kin('parent_of', 'father', 'child')]
    const places = (of: Family): string[] => layoutOf(of).people.map((one) => `${one.member.person.ref} ${one.x} ${one.y}`).sort()
    expect(places(family([...members].reverse(), [...all].reverse()))).toEqual(places(family(members, all)))
  })
})
