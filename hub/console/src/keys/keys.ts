// Keys of the console: single letters for whoever works through a list all day. What has the keyboard last (a dialog,
// then the screen, then the shell) is asked first. Letters are silent while somebody types, and can be switched off.
import { onBeforeUnmount, ref } from 'vue'

export type KeyTable = Record<string, (event: KeyboardEvent) => void>
interface Layer {
  keys: KeyTable
  /** A dialog: what lies under it hears nothing. */
  alone: boolean
}

const kept = 'kinhub.keys'
const layers: Layer[] = []
const sequence_ms = 1500
let pending = ''
let pending_until = 0

export const lettersOn = ref(typeof localStorage === 'undefined' || localStorage.getItem(kept) !== 'off')
export function switchLetters(on: boolean): void {
  lettersOn.value = on
  localStorage.setItem(kept, on ? 'on' : 'off')
}

/** Whether this is a place where letters are text. */
function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || target.tagName === 'TEXTAREA' || target.tagName === 'SELECT') return true
  if (!(target instanceof HTMLInputElement)) return false
  return !['checkbox', 'radio', 'button', 'submit'].includes(target.type)
}

/** The name under which a table has this stroke: "j", "g l", "Enter", "?". Empty: none. */
export function nameOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>, before: string): string {
  if (event.ctrlKey || event.metaKey || event.altKey) return ''
  return before ? `${before} ${event.key}` : event.key
}

export function pressed(event: KeyboardEvent, now_ms: number = Date.now()): void {
  if (event.defaultPrevented || event.isComposing) return
  const letter = event.key.length === 1
  if (letter && (!lettersOn.value || typing(event.target))) return
  if (!letter && event.key !== 'Escape' && typing(event.target)) return
  const before = now_ms < pending_until ? pending : ''
  pending = ''
  for (let i = layers.length - 1; i >= 0; --i) {
    const layer = layers[i]!
    const act = layer.keys[nameOf(event, before)] ?? (before ? undefined : layer.keys[nameOf(event, '')])
    if (act) {
      event.preventDefault()
      act(event)
      return
    }
    if (layer.alone) return
  }
  if (letter && layers.some((layer) => Object.keys(layer.keys).some((name) => name.startsWith(`${event.key} `)))) {
    pending = event.key
    pending_until = now_ms + sequence_ms
  }
}

/** The keys of a component while it is there. Called in its setup, where what is inside of another comes after it. */
export function useKeys(keys: KeyTable, alone = false): void {
  const layer = { keys, alone }
  layers.push(layer)
  onBeforeUnmount(() => {
    const at = layers.indexOf(layer)
    if (at >= 0) layers.splice(at, 1)
  })
}

export function listenForKeys(): void {
  document.addEventListener('keydown', (event) => pressed(event))
}
