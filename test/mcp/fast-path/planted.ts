import { Injectable } from '@nestjs/common';
import { McpPrompt, McpResource, McpTool, Public } from '../../../src/index.js';

/** What the handlers of {@link Planted} return next, and how often one of them has run. */
export const planted: { value: unknown; runs: number } = { value: undefined, runs: 0 };

function harvest(): unknown {
  planted.runs += 1;
  return planted.value;
}

/** An entry of each kind that returns what a test has planted. */
@Injectable()
@Public()
export class Planted {
  @McpTool({ description: 'Planted' })
  planted(): unknown {
    return harvest();
  }

  @McpPrompt({})
  prompt(): any {
    return harvest();
  }

  @McpResource({ uri: 'at://planted' })
  resource(): unknown {
    return harvest();
  }

  @McpResource({ uri: 'at://cached', cache: { ttlMs: 7, scope: 'public' } })
  cached(): unknown {
    return harvest();
  }
}
