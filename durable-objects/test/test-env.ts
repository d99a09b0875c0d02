/** Tells the test runner's `env` what is bound: the bindings of the Worker itself. */
import type { Env as AppEnv } from '../env.ts';

declare global {
  namespace Cloudflare {
    interface Env extends AppEnv {}
  }
}
