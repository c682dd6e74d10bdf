// Waiting for conditions instead of for time.
import { setTimeout as sleep } from 'node:timers/promises';

const interval = 60; // ms between two looks

/**
 * Looks until `probe` gives something truthy, and gives that. After `timeout` ms it fails, naming
 * `what` and what was seen last (a probe may throw: then its message is what was seen).
 */
export async function until(what, probe, timeout = 15000) {
  const deadline = performance.now() + timeout;
  let seen;
  for (;;) {
    try {
      seen = await probe();
      if (seen) return seen;
    } catch (error) {
      seen = error.message;
    }
    if (performance.now() > deadline) {
      throw new Error(`after ${timeout} ms still not: ${what} (last seen: ${JSON.stringify(seen)})`);
    }
    await sleep(interval);
  }
}
