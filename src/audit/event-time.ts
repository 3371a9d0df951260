/**
 * The time now, ISO 8601 in UTC. The date is formatted once a second, because `toISOString()` is a noticeable
 * share of an event.
 */
export function eventTime(): string {
  const now = Date.now();
  const second = Math.floor(now / 1_000);
  if (second !== writtenSecond) {
    writtenSecond = second;
    upToSecond = new Date(second * 1_000).toISOString().slice(0, -'000Z'.length);
  }
  return `${upToSecond}${String(now - second * 1_000).padStart(3, '0')}Z`;
}

let writtenSecond: number | undefined;
let upToSecond = '';
