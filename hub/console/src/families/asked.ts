// A citizen number on its way from the search box to the search page: in memory alone, taken once, never in an address.
let waiting: string | null = null

export function leaveNumber(number: string): void {
  waiting = number
}
export function takeNumber(): string | null {
  const number = waiting
  waiting = null
  return number
}
