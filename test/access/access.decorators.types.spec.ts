import { expect, it } from 'vitest';
import {
  AcceptTokens,
  Public,
  RequireReverification,
  RequireRole,
  RequireScopes,
} from '../../src/access/access.decorators.js';

// What must compile, and what must not: `tsc -p test` checks the comments.
@RequireRole('org:admin')
class OnClassesAndMethods {
  @Public()
  open() {}

  @RequireScopes('notes:read', 'notes:write')
  @RequireReverification({ level: 'second_factor', afterMinutes: 10 })
  method() {
    return 'allowed';
  }
}

/** Never called: some of it throws as well. */
export function wrong() {
  class Wrong {
    // @ts-expect-error at least one scope
    @RequireScopes()
    nothing() {}

    // @ts-expect-error no such way to have verified
    @RequireReverification('sometimes')
    never() {}

    // @ts-expect-error a role is a text
    @RequireRole(['org:admin'])
    list() {}

    // @ts-expect-error kinds are named one by one
    @AcceptTokens({ oauth_token: true })
    table() {}

    // @ts-expect-error not for properties
    @Public()
    property = 1;
  }
  return Wrong;
}

it('puts access on classes and methods', () => {
  expect(new OnClassesAndMethods().method()).toBe('allowed');
});
