// How wide the page is, for what leaves out or joins columns. What only changes its place does that by style alone.
import { ref } from 'vue'

export const page_width = ref(typeof innerWidth === 'undefined' ? 1366 : innerWidth)
if (typeof addEventListener !== 'undefined') addEventListener('resize', () => (page_width.value = innerWidth), { passive: true })
/** A table of eight columns fits. */
export const wide_px = 1240
