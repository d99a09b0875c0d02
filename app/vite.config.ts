import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';

// While developing, pages are served hot here and the API comes from a running `npm start`.
const apiUrl = process.env.API_URL ?? 'http://127.0.0.1:8787';

export default defineConfig({
  plugins: [tailwindcss(), sveltekit()],
  // Svelte libraries ship components, which only the bundler can compile.
  ssr: { noExternal: true },
  server: { proxy: { '/api': { target: apiUrl, ws: true } }, fs: { allow: ['../protocol'] } },
});
