import { expect, it } from 'vitest';
import {
  CurrentOrganization,
  CurrentPrincipal,
  CurrentUser,
} from '../../../src/clerk/user/current-principal.decorator.js';

it.each(Object.entries({ CurrentOrganization, CurrentPrincipal, CurrentUser }))(
  'a parameter cannot have @%s without parentheses',
  (name, factory) => {
    class Tools {
      run() {}
    }
    const bare = factory as unknown as ParameterDecorator;
    expect(() => bare(Tools.prototype, 'run', 0)).toThrow(
      `Tools.run: @${name} has no parentheses. Write @${name}().`,
    );
  },
);
