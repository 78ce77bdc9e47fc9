// The console of Kinhub. What starts here: languages, the cache of answers, addresses, keys.
import 'core-js/actual/array/at'
import 'core-js/actual/object/has-own'
import './elements'
import './styles/tokens.css'
import './styles/base.css'
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { createApp } from 'vue'
import App from './App.vue'
import { whenSignedOut } from './api/client'
import { asProblem } from './api/problem'
import { listenForKeys } from './keys/keys'
import { headingAfter } from './parts/focus'
import { router } from './router'
import { closeOpening, onMasked, opening } from './session/opening'
import { resting, watchForRest } from './session/idle'
import { watchReach } from './session/reach'
import { ended, sessionEnds, signOut } from './session/session'
import { session } from './session/state'
import { i18n } from './words'

const tries_max = 2
/** What is shown and changes is read anew so often, all of it together; not while nobody looks. */
const rhythm_ms = 60_000
const queries = new QueryClient({
  defaultOptions: {
    queries: {
      networkMode: 'always', // the hub is often this machine: what the browser thinks of the network does not matter
      staleTime: 5_000,
      refetchOnWindowFocus: false, // nothing moves because somebody comes back to read
      retry: (count, error) => asProblem(error).passing && count < tries_max,
      retryDelay: 1_000
    },
    mutations: { retry: false }
  }
})

sessionEnds(queries, () => {
  const here = router.currentRoute.value
  if (!here.meta.open) void router.replace({ path: '/login', query: { ended: '1', back: here.fullPath } })
})
whenSignedOut(ended)
// Plain answers are kept under the opening's id: with the opening they go.
onMasked((id) => queries.removeQueries({ predicate: (query) => query.queryKey.includes(id) }))
router.afterEach((to, from) => {
  if (from.matched.length && from.path !== to.path) void headingAfter(document.activeElement)
  if (opening.value && opening.value.place !== to.path) closeOpening('masked')
})

// Also the page that goes, by closing, going elsewhere or loading anew, ends what it opened.
addEventListener('pagehide', () => closeOpening('masked'))
watchForRest(
  () => {
    if (session.value) void signOut().catch(() => undefined)
  },
  () => void queries.refetchQueries({ type: 'active', stale: true })
)
const readAnew = (): void => void queries.refetchQueries({ type: 'active', predicate: (query) => query.meta?.live === true })
setInterval(() => {
  if (session.value && !document.hidden && !resting()) readAnew()
}, rhythm_ms)
let hidden_ms = 0
document.addEventListener('visibilitychange', () => {
  if (document.hidden) hidden_ms = performance.now()
  else if (session.value && performance.now() - hidden_ms > rhythm_ms) readAnew()
})
// Also what asks for nothing by itself is read anew when the hub is back.
watchReach(() => void queries.refetchQueries({ type: 'active' }))
listenForKeys()
const app = createApp(App).use(router).use(i18n).use(VueQueryPlugin, { queryClient: queries })
// Not before the first address is known: whether it is a page before signing in decides what is asked.
void router.isReady().then(() => app.mount('#console'))
