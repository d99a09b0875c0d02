/** The server's time, as far as this host can tell: proofs are made by it, so that a wrong local clock does no harm (CON2). */
export type ServerClock = { now: () => number; set: (serverTime: string) => void };

export const createServerClock = (localNow: () => number): ServerClock => {
  let aheadMs = 0;
  return {
    now: () => localNow() + aheadMs,
    set: (serverTime) => {
      const time = Date.parse(serverTime);
      if (Number.isFinite(time)) aheadMs = time - localNow();
    },
  };
};
