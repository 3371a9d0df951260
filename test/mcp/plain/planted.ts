import { Injectable } from '@nestjs/common';
import { McpPrompt, McpResource, McpTool, Public } from '../../../src/index.js';

/** What the handlers of {@link Planted} return next. */
export const planted: { value: unknown } = { value: undefined };

/** An entry of each kind that returns what a test has planted. */
@Injectable()
@Public()
export class Planted {
  @McpTool({ description: 'Planted' })
  planted(): unknown {
    return planted.value;
  }

  @McpPrompt({})
  prompt(): any {
    return planted.value;
  }

  @McpResource({ uri: 'at://planted' })
  resource(): unknown {
    return planted.value;
  }

  @McpResource({ uri: 'at://cached', cache: { ttlMs: 7, scope: 'public' } })
  cached(): unknown {
    return planted.value;
  }
}
