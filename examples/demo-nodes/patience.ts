/** How long the demo waits for what must come about by itself, in milliseconds. */
const PATIENCE_MS = 300_000;
const PAUSE_MS = 25;

/**
 * Waits until a check gives a value.
 *
 * @throws after five minutes
 */
export async function until<T>(
  what: string,
  check: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const end = performance.now() + PATIENCE_MS;
  while (performance.now() < end) {
    const value = await check();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  throw new Error(`waited in vain for ${what}`);
}
