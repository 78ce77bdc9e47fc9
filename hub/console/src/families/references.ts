// What somebody types into the one search box: a reference, or a citizen number with its check character (GB 11643).

export type Wanted =
  | { kind: 'lead' | 'person'; ref: string }
  | { kind: 'number'; number: string }
  | { kind: 'wrong'; why: 'form' | 'check digit' }

const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]

export function checkCharacter(front: string): string {
  const sum = weights.reduce((total, weight, at) => total + weight * Number(front[at]), 0)
  return '10X98765432'[sum % 11] ?? ''
}

export function readWanted(typed: string): Wanted {
  const text = typed.replace(/[\s\u3000]/g, '')
  const kinds = { L: 'lead', P: 'person' } as const
  const reference = /^([LPlp])([0-9a-z]{6,40})$/.exec(text)
  if (reference) {
    const letter = reference[1]!.toUpperCase() as keyof typeof kinds
    return { kind: kinds[letter], ref: letter + reference[2]! }
  }
  const number = text.toUpperCase()
  if (!/^[0-9]{17}[0-9X]$/.test(number)) return { kind: 'wrong', why: 'form' }
  if (checkCharacter(number.slice(0, 17)) !== number[17]) return { kind: 'wrong', why: 'check digit' }
  return { kind: 'number', number }
}
