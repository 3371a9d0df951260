import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import {
  AcceptTokens,
  McpCompletion,
  McpPrompt,
  McpResource,
  McpResourceTemplate,
  McpTool,
  Public,
  RequireRole,
  RequireScopes,
} from '../../../src/index.js';

const Word = z.object({ word: z.string().default('') });

/** Entries of each kind that anybody may use. */
@Injectable()
@Public()
export class OpenEntries {
  @McpTool({ description: 'For anybody' })
  open() {
    return 'open';
  }

  @McpResource({ uri: 'info://open' })
  openInfo() {
    return 'open';
  }

  @McpResourceTemplate({ uriTemplate: 'info://open/{word}' })
  openWords({ word }: { word: string }) {
    return word;
  }

  @McpPrompt({ description: 'For anybody', input: Word })
  openPrompt() {
    return 'open';
  }

  @McpCompletion({ prompt: 'openPrompt', argument: 'word' })
  openCandidates() {
    return ['open'];
  }
}

/** Entries of each kind that need a caller, in each way that matters before the sign-in. */
@Injectable()
export class ClosedEntries {
  @McpTool({ description: 'For whoever is signed in' })
  closed() {
    return 'closed';
  }

  @RequireScopes('notes:write')
  @McpTool({ description: 'For a scope', _meta: { own: true } })
  scoped() {
    return 'scoped';
  }

  @RequireRole('org:admin')
  @McpTool({ description: 'For a role' })
  ruled() {
    return 'ruled';
  }

  @AcceptTokens('api_key')
  @McpTool({ description: 'For machines' })
  machine() {
    return 'machine';
  }

  @McpTool({ description: 'Not shown before', listed: 'callable' })
  discreet() {
    return 'discreet';
  }

  @McpResource({ uri: 'info://closed' })
  closedInfo() {
    return 'closed';
  }

  @McpResource({ uri: 'info://discreet', listed: 'callable' })
  discreetInfo() {
    return 'discreet';
  }

  @McpResourceTemplate({ uriTemplate: 'info://closed/{word}' })
  closedWords({ word }: { word: string }) {
    return word;
  }

  @McpResourceTemplate({ uriTemplate: 'info://discreet/{word}', listed: 'callable' })
  discreetWords({ word }: { word: string }) {
    return word;
  }

  @McpPrompt({ description: 'For whoever is signed in', input: Word })
  closedPrompt() {
    return 'closed';
  }

  @McpPrompt({ description: 'Not shown before', listed: 'callable' })
  discreetPrompt() {
    return 'discreet';
  }

  @McpCompletion({ prompt: 'closedPrompt', argument: 'word' })
  closedCandidates() {
    return ['closed'];
  }
}

/** The keys that each list has for somebody who may see these. */
export const KEYS = {
  open: {
    tools: ['open'],
    resources: ['info://open'],
    resourceTemplates: ['info://open/{word}'],
    prompts: ['openPrompt'],
  },
  offered: {
    tools: ['closed', 'ruled', 'scoped'],
    resources: ['info://closed'],
    resourceTemplates: ['info://closed/{word}'],
    prompts: ['closedPrompt'],
  },
  discreet: {
    tools: ['discreet'],
    resources: ['info://discreet'],
    resourceTemplates: ['info://discreet/{word}'],
    prompts: ['discreetPrompt'],
  },
  /** Not for alice, who has no scope, no role and no API key. */
  beyondAlice: { tools: ['ruled', 'scoped'], resources: [], resourceTemplates: [], prompts: [] },
} as const satisfies Record<string, Record<string, readonly string[]>>;

export const LISTS = {
  tools: 'tools/list',
  resources: 'resources/list',
  resourceTemplates: 'resources/templates/list',
  prompts: 'prompts/list',
} as const;
