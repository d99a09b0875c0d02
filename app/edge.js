/**
 * The entry of the dashboard's Worker. Calls to the API go straight to the API Worker: SvelteKit would refuse posts
 * without an Origin, which agents and command-line clients send, and would cost each call several times its latency.
 */
import dashboard from './.svelte-kit/cloudflare/_worker.js';

export default {
  fetch(request, env, context) {
    const { pathname } = new URL(request.url);
    return pathname.startsWith('/api/') ? env.API.fetch(request) : dashboard.fetch(request, env, context);
  },
};
