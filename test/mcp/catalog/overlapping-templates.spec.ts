import { Injectable } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { RequirePolicy, Public, RequireScopes } from '../../../src/access/access.decorators.js';
import { McpCatalog } from '../../../src/mcp/catalog/mcp-catalog.js';
import {
  McpResourceTemplate,
  McpResource,
} from '../../../src/mcp/authoring/mcp-resource.decorator.js';
import { mcpApp } from '../fixtures.js';

const policy = () => true;

@Injectable()
class Notes {
  @RequireScopes('notes:secret')
  @McpResource({ uri: 'notes://Secret' })
  secret() {
    return '';
  }

  @Public()
  @McpResource({ uri: 'notes://open' })
  open() {
    return '';
  }

  @Public()
  @McpResourceTemplate({ uriTemplate: 'notes://{id}' })
  any() {
    return '';
  }

  @RequireScopes('notes:secret')
  @McpResource({ uri: 'same://a/b' })
  sameRule() {
    return '';
  }

  @RequireScopes('notes:secret')
  @RequirePolicy(policy)
  @McpResourceTemplate({ uriTemplate: 'same://{a}/{b}' })
  sameRuleAndMore() {
    return '';
  }

  @RequirePolicy(policy)
  @McpResource({ uri: 'policy://a' })
  policyOnOne() {
    return '';
  }

  @RequirePolicy(policy)
  @McpResourceTemplate({ uriTemplate: 'policy://{a}' })
  policyOnBoth() {
    return '';
  }
}

describe('a template that matches a stricter resource', () => {
  const warnings = (lines: readonly string[]) =>
    lines.filter((line) => line.includes('also matches'));

  it('is told at the start, with both places', async () => {
    const { log } = await mcpApp([Notes]);
    expect(warnings(log.lines)).toEqual([
      expect.stringMatching(
        /notes:\/\/\{id\} \(Notes\.any\) also matches notes:\/\/Secret \(Notes\.secret\)/,
      ),
    ]);
  });

  it('is told when the resource is added later', async () => {
    const { app, log } = await mcpApp([Notes], { dynamic: true });
    app.get(McpCatalog).addResource({ uri: 'notes://late', name: 'late' }, () => '');
    expect(warnings(log.lines)).toHaveLength(2);
  });
});
