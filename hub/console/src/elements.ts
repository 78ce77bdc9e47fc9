// Which parts of Element Plus the console uses, imported one by one: its barrel costs more than the console itself.
import 'element-plus/theme-chalk/base.css'
import 'element-plus/theme-chalk/el-button.css'
import 'element-plus/theme-chalk/el-checkbox.css'
import 'element-plus/theme-chalk/el-dialog.css'
import 'element-plus/theme-chalk/el-input.css'
import 'element-plus/theme-chalk/el-overlay.css'

export { ElButton } from 'element-plus/es/components/button/index.mjs'
export { ElCheckbox } from 'element-plus/es/components/checkbox/index.mjs'
export { ElDialog } from 'element-plus/es/components/dialog/index.mjs'
export { ElInput } from 'element-plus/es/components/input/index.mjs'
