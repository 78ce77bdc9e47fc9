// Relations of a family on a day, as the tree, its list and its details read them. Pure.
import type { Family, Kin, Member } from '../api/views'

export function endedOn(kin: Pick<Kin, 'from' | 'until'>, day: string): boolean {
  return kin.until !== null && kin.until <= day
}
export function memberOf(family: Family, ref: string): Member | undefined {
  return family.members.find((member) => member.person.ref === ref)
}
/** Couples by the day of marriage, then parents with their children by birth: the order in which a family is told. */
export function inOrder(family: Family): Kin[] {
  const born = new Map(family.members.map((member) => [member.person.ref, member.born ?? '']))
  const key = (kin: Kin): string => (kin.kind === 'spouse_of' ? `0 ${kin.from ?? ''}` : `1 ${born.get(kin.to_person) ?? ''} ${kin.from_person}`)
  return [...family.kin].sort((a, b) => (key(a) < key(b) ? -1 : 1))
}
