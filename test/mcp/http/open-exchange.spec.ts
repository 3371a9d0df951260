import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ServerResponse } from 'node:http';
import { closeWhenRevoked } from '../../../src/mcp/http/open-exchange.js';
import type { RevocationRegistry } from '../../../src/access/revocation-registry.js';

const GRACE = 1_000;

/** An exchange that is held, and what a revocation does to it. */
function open(isStream: boolean) {
  let revoke = (): void => undefined;
  const released = vi.fn();
  const access = {
    register: (_principal: unknown, close: () => void) => {
      revoke = close;
      return released;
    },
  };
  const destroy = vi.fn();
  const release = closeWhenRevoked(access as unknown as RevocationRegistry, {
    response: { destroy } as unknown as ServerResponse,
    principal: undefined,
    isStream,
    graceMs: GRACE,
  });
  return { revoke: () => revoke(), release, released, destroy };
}

describe('An exchange whose access is revoked', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is cut at once where it is a stream', () => {
    const { revoke, destroy } = open(true);
    revoke();
    expect(destroy).toHaveBeenCalledOnce();
  });

  it('is cut after a moment where it is a call that goes on', () => {
    const { revoke, destroy } = open(false);
    revoke();
    vi.advanceTimersByTime(GRACE - 1);
    expect(destroy).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(destroy).toHaveBeenCalledOnce();
  });

  it('is not cut once the call has ended: its connection may serve the next one', () => {
    const { revoke, release, released, destroy } = open(false);
    revoke();
    release();
    vi.advanceTimersByTime(2 * GRACE);
    expect(released).toHaveBeenCalledOnce();
    expect(destroy).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});
