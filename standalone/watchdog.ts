/**
 * Notices a runtime that no longer answers, whatever the reason. Refused connections mean that workerd is gone and count at
 * once; a slow answer may be mere load, so it takes several long waits before that counts as gone.
 */
import { Agent, get } from 'node:http';

export const PACE = {
  /** Often enough to be serving again within seconds. */
  intervalMs: 2_000,
  /** Miniflare itself starts a dead workerd again within half a second; three looks at this pace give it that time. */
  retryMs: 400,
};
/** A loaded runtime may take many seconds; three such waits in a row are no load any more. */
const ANSWER_MS = 30_000;
const FAILURES_TO_ACT = 3;

export function startWatchdog(url: URL, onGone: () => void, pace = PACE): () => void {
  // One connection for all looks: a new one each time would cost more than everything else that an idle system does.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let failures = 0;
  let timer: NodeJS.Timeout;
  const check = async (): Promise<void> => {
    failures = (await answers(url, agent)) ? 0 : failures + 1;
    if (failures >= FAILURES_TO_ACT) onGone();
    else timer = setTimeout(check, failures > 0 ? pace.retryMs : pace.intervalMs);
  };
  timer = setTimeout(check, pace.intervalMs);
  return () => {
    clearTimeout(timer);
    agent.destroy();
  };
}

/** Any answer but a server error will do: what the product says is not the watchdog's business. */
function answers(url: URL, agent: Agent): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent, timeout: ANSWER_MS }, (response) => {
      response.resume();
      response.once('close', () => resolve((response.statusCode ?? 500) < 500));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}
