// Where the keyboard is after something went: back where it was when a dialog opened, else at the heading of the screen.
import { nextTick, onBeforeUnmount } from 'vue'

function usable(element: Element | null): element is HTMLElement {
  return (
    element instanceof HTMLElement &&
    element !== document.body &&
    element.isConnected &&
    !element.closest('[aria-hidden="true"], .el-overlay') &&
    !(element as HTMLButtonElement).disabled
  )
}
export function focusHeading(): boolean {
  const heading = document.querySelector<HTMLElement>('main h1')
  if (!heading) return false
  heading.tabIndex = -1
  heading.focus({ preventScroll: true })
  return true
}

/** Of a dialog, in its setup: when it goes, the keyboard is where it was before. */
export function useFocusBack(): void {
  const before = document.activeElement
  onBeforeUnmount(async () => {
    await nextTick()
    requestAnimationFrame(() => {
      if (document.querySelector('.el-dialog') || usable(document.activeElement)) return // another dialog, or somewhere already
      if (usable(before)) before.focus({ preventScroll: true })
      else focusHeading()
    })
  })
}

const patience_ms = 10_000
let watching: MutationObserver | null = null
/** After a change of screen: its heading, as soon as it is there, unless the screen has put the keyboard somewhere. */
export async function headingAfter(before: Element | null): Promise<void> {
  watching?.disconnect()
  await nextTick()
  const main = document.querySelector('main')
  if (!main) return
  const placed = (): boolean => {
    const now = document.activeElement
    if (now !== before && now !== main && main.contains(now)) return true
    return !document.querySelector('.el-dialog') && focusHeading()
  }
  if (placed()) return
  const observer = new MutationObserver(() => {
    if (placed()) observer.disconnect()
  })
  watching = observer
  observer.observe(main, { childList: true, subtree: true })
  setTimeout(() => observer.disconnect(), patience_ms)
}
