import { defineConfig } from "vite";

/** What a browser gets is all in these files: no request goes to any other host, and no script stands in the page. */
export default defineConfig({
  base: "/app/",
  build: { outDir: "dist", assetsInlineLimit: 0, modulePreload: { polyfill: false }, target: "es2022" },
});
