// The addresses of the console. None holds person data: references only. A screen that one may not see has no link in
// the menu, and its address answers with the right that is missing.
import { createRouter, createWebHistory } from 'vue-router'
import { asked, session } from './session/state'
import { askSession } from './session/session'

declare module 'vue-router' {
  interface RouteMeta {
    /** Seen by nobody in particular: signing in. */
    open?: boolean
    /** The right that its data needs. */
    right?: string
    /** Word of the catalogue: nav.<title>. */
    title?: string
  }
}

export const router = createRouter({
  history: createWebHistory('/ui/'),
  routes: [
    { path: '/login', component: () => import('./session/LoginPage.vue'), meta: { open: true } },
    { path: '/first', component: () => import('./session/FirstPage.vue'), meta: { open: true } },
    { path: '/activate', component: () => import('./session/FirstPage.vue'), meta: { open: true } },
    { path: '/', component: () => import('./home/HomePage.vue'), meta: { title: 'home' } },
    { path: '/leads', component: () => import('./leads/WorklistPage.vue'), meta: { title: 'leads', right: 'lead.read' } },
    {
      path: '/leads/:id',
      component: () => import('./leads/LeadPage.vue'),
      props: true,
      meta: { title: 'leads', right: 'lead.read' }
    },
    {
      path: '/persons/search',
      component: () => import('./families/SearchPage.vue'),
      meta: { title: 'people', right: 'record.find' }
    },
    {
      path: '/persons/:person',
      component: () => import('./families/SearchPage.vue'),
      props: true,
      meta: { title: 'people', right: 'record.find' }
    },
    {
      path: '/persons/:person/families/:id',
      component: () => import('./families/FamilyPage.vue'),
      props: true,
      meta: { title: 'people', right: 'record.find' }
    },
    {
      path: '/quarantine',
      component: () => import('./pipeline/QuarantinePage.vue'),
      meta: { title: 'quarantine', right: 'message.list' }
    },
    { path: '/sources', component: () => import('./pipeline/SourcesPage.vue'), meta: { title: 'sources', right: 'status.read' } },
    { path: '/notices', component: () => import('./pipeline/NoticesPage.vue'), meta: { title: 'notices', right: 'notice.read' } },
    { path: '/audit', component: () => import('./audit/AuditPage.vue'), meta: { title: 'audit', right: 'audit.read' } },
    { path: '/accounts', component: () => import('./account/AccountsPage.vue'), meta: { title: 'accounts', right: 'account.manage' } },
    { path: '/account', component: () => import('./account/AccountPage.vue'), meta: { title: 'account' } },
    { path: '/:rest(.*)*', component: () => import('./shell/NoPage.vue') }
  ],
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 }
})

router.beforeEach(async (to) => {
  if (to.meta.open) return true
  if (!asked.value) {
    try {
      await askSession()
    } catch {
      return true // the shell says that the hub does not answer, and asks again
    }
  }
  if (!session.value && asked.value) return { path: '/login', query: to.fullPath === '/' ? {} : { back: to.fullPath } }
  return true
})
