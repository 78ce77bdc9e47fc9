import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import openapiTS, { astToString } from 'openapi-typescript'
import { describe, expect, it } from 'vitest'

const root = join(__dirname, '..')
function files(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? files(path) : [path]
  })
}
const source = files(join(root, 'src')).map((path) => [path.slice(root.length + 1), readFileSync(path, 'utf8')] as const)
const where = (pattern: RegExp, of = source): string[] => of.filter(([, text]) => pattern.test(text)).map(([path]) => path)

describe('the contract', () => {
  it('is what the client was made of: npm run contract when this differs', async () => {
    const made = astToString(await openapiTS(new URL('../../api/openapi.yaml', import.meta.url)))
    const committed = readFileSync(join(root, 'src/api/schema.d.ts'), 'utf8')
    expect(committed.slice(committed.indexOf('export interface paths'))).toBe(made.slice(made.indexOf('export interface paths')))
  })
})

describe('the rules of the console', () => {
  it('never writes markup: no v-html, no innerHTML, no eval', () => {
    expect(where(/v-html|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function\(/)).toEqual([])
  })

  it('keeps nothing in the browser but its language and its keys', () => {
    expect(where(/sessionStorage|indexedDB|document\.cookie|caches\./)).toEqual([])
    const kept = source.flatMap(([, text]) => Array.from(text.matchAll(/localStorage\.setItem\((\w+)/g), (one) => one[1]))
    expect(kept.every((name) => name === 'kept')).toBe(true)
    const names = source.flatMap(([, text]) => Array.from(text.matchAll(/const kept = '([^']+)'/g), (one) => one[1])).sort()
    expect(names).toEqual(['kinhub.keys', 'kinhub.language'])
  })

  it('asks its own hub alone: no address of another place', () => {
    expect(where(/https?:\/\/(?!www\.w3\.org)/, source.filter(([path]) => !path.endsWith('schema.d.ts')))).toEqual([])
  })

  it('puts no person data into an address: numbers and names go in bodies', () => {
    expect(where(/query:\s*\{[^}]*(citizen_id|name:|number:)/)).toEqual([])
    expect(where(/`\/[^`]*\$\{[^}]*(citizen_id|person\.name)\b[^}]*\}/)).toEqual([])
  })

  it('has no style in markup, which the policy of the server refuses', () => {
    expect(where(/<[a-zA-Z][^>]*\sstyle="/)).toEqual([])
    expect(/<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=/.test(readFileSync(join(root, 'index.html'), 'utf8'))).toBe(false)
  })

  it('names no registry in its lock file', () => {
    expect(/"resolved"/.test(readFileSync(join(root, 'package-lock.json'), 'utf8'))).toBe(false)
  })
})
