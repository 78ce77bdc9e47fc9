// The menu: what one may see, in the order of a working day. What one may not see is absent.
import { Bell, Collection, HomeFilled, Search, Share, Tickets, User, View, WarningFilled } from '@element-plus/icons-vue'
import type { Component } from 'vue'
import { may } from '../session/state'

export interface MenuRow {
  name: 'home' | 'leads' | 'people' | 'quarantine' | 'sources' | 'notices' | 'audit' | 'accounts' | 'account'
  path: string
  icon: Component
  right?: string
  /** The second stroke of g … */
  key: string
}

export const menuRows: readonly MenuRow[] = [
  { name: 'home', path: '/', icon: HomeFilled, key: 'h' },
  { name: 'leads', path: '/leads', icon: Tickets, right: 'lead.read', key: 'l' },
  { name: 'people', path: '/persons/search', icon: Search, right: 'record.find', key: 'f' },
  { name: 'quarantine', path: '/quarantine', icon: WarningFilled, right: 'message.list', key: 'q' },
  { name: 'sources', path: '/sources', icon: Share, right: 'status.read', key: 's' },
  { name: 'notices', path: '/notices', icon: Bell, right: 'notice.read', key: 'n' },
  { name: 'audit', path: '/audit', icon: View, right: 'audit.read', key: 'a' },
  { name: 'accounts', path: '/accounts', icon: Collection, right: 'account.manage', key: 'u' },
  { name: 'account', path: '/account', icon: User, key: 'm' }
]

export const shownRows = (): MenuRow[] => menuRows.filter((row) => !row.right || may(row.right))
