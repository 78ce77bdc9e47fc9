// How the console is built: one folder of hashed files that a hub serves from memory, each beside its gzip form,
// as nothing is compressed while it is served.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import vue from '@vitejs/plugin-vue'
import { defineConfig, type Plugin } from 'vite'

const smallest = 1024 // a smaller file gains nothing

function precompressed(): Plugin {
  let folder = ''
  const compress = (place: string): void => {
    for (const name of readdirSync(place)) {
      const path = join(place, name)
      if (statSync(path).isDirectory()) compress(path)
      else if (/\.(js|css|svg)$/.test(name) && statSync(path).size >= smallest)
        writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }))
    }
  }
  return {
    name: 'precompressed',
    configResolved: (config) => {
      folder = config.build.outDir
    },
    closeBundle: () => compress(folder)
  }
}

export default defineConfig({
  base: '/ui/',
  plugins: [vue(), precompressed()],
  define: {
    __VUE_OPTIONS_API__: true,
    __VUE_PROD_DEVTOOLS__: false,
    __VUE_I18N_FULL_INSTALL__: false,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_PROD_DEVTOOLS__: false
  },
  build: {
    target: 'chrome86',
    cssTarget: 'chrome86',
    outDir: process.env.KINHUB_CONSOLE_OUT ?? '../../build/console',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 900
  },
  server: { proxy: { '/api': process.env.KINHUB_HUB ?? 'http://127.0.0.1:8632' } },
  test: { include: ['test/**/*.test.ts'], environment: 'node' }
} as Parameters<typeof defineConfig>[0])
