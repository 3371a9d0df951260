import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { McpPrompt } from '../../../src/mcp/authoring/mcp-prompt.decorator.js';
import { McpResource } from '../../../src/mcp/authoring/mcp-resource.decorator.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import type { McpContext } from '../../../src/mcp/authoring/mcp-context.js';

export const Sure = z.object({ sure: z.boolean() });
export const Name = z.object({ name: z.string().min(2) });

/** Handlers that need something of the client, each written once. */
@Injectable()
export class AskingTools {
  @McpTool({ description: 'Asks whether to go on' })
  confirm(_input: object, context: McpContext) {
    const answer = context.answer('sure');
    if (answer.kind === 'elicit' && answer.action !== 'accept') return answer.action;
    const accepted = context.accepted('sure', Sure);
    if (!accepted) return context.elicit('sure', { message: 'Sure?', schema: Sure });
    return accepted.sure ? 'done' : 'left';
  }

  @McpTool({ description: 'Asks for a name, then for a town' })
  async steps(_input: object, context: McpContext) {
    const state = context.state<{ name: string }>();
    if (!state) {
      const first = context.accepted('name', Name);
      if (!first) return context.elicit('name', { message: 'Name?', schema: Name });
      const form = { message: 'Town?', schema: z.object({ town: z.string() }) };
      return context.ask({ town: { form } }, { name: first.name });
    }
    const town = context.accepted('town', z.object({ town: z.string() }));
    const form = { message: 'Town?', schema: z.object({ town: z.string() }) };
    return town ? `${state.name} of ${town.town}` : context.ask({ town: { form } }, state);
  }

  @McpTool({ description: 'Keeps a state for the next round' })
  keeps(_input: object, context: McpContext) {
    const state = context.state<{ at: string }>();
    if (state) return `kept ${state.at}`;
    return context.ask({ sure: { form: { message: 'Sure?', schema: Sure } } }, { at: 'start' });
  }

  @McpTool({ description: 'Reads the state of others' })
  other(_input: object, context: McpContext) {
    return `other ${JSON.stringify(context.state())}`;
  }

  @McpTool({ description: 'Asks the model' })
  model(_input: object, context: McpContext) {
    const answer = context.answer('words');
    if (answer.kind !== 'sampling') {
      const content = { type: 'text' as const, text: 'Say something' };
      return context.sample('words', { messages: [{ role: 'user', content }], maxTokens: 10 });
    }
    const { content } = answer.result;
    return Array.isArray(content) || content.type !== 'text' ? '' : `said ${content.text}`;
  }

  @McpTool({ description: 'Asks for the roots' })
  roots(_input: object, context: McpContext) {
    const answer = context.answer('roots');
    if (answer.kind !== 'roots') return context.ask({ roots: { roots: true } });
    return answer.roots.map(({ uri }) => uri).join();
  }

  @McpTool({ description: 'Sends the user to a page' })
  page(_input: object, context: McpContext) {
    const answer = context.answer('paid');
    if (answer.kind === 'elicit') return answer.action;
    return context.ask({ paid: { page: { message: 'Pay', url: 'https://pay.test/1' } } });
  }

  @McpTool({ description: 'Asks two things at once' })
  both(_input: object, context: McpContext) {
    const sure = context.accepted('sure', Sure);
    const name = context.accepted('name', Name);
    if (sure && name) return `${name.name} ${sure.sure}`;
    return context.ask({
      ...(!sure && { sure: { form: { message: 'Sure?', schema: Sure } } }),
      ...(!name && { name: { form: { message: 'Name?', schema: Name } } }),
    });
  }

  @McpPrompt({})
  asks(_input: object, context: McpContext) {
    const answer = context.accepted('name', Name);
    return answer ? `Hello ${answer.name}` : context.elicit('name', { message: '?', schema: Name });
  }

  @McpResource({ uri: 'notes://asks' })
  asksToo(_input: object, context: McpContext) {
    const answer = context.accepted('name', Name);
    return answer ? `Of ${answer.name}` : context.elicit('name', { message: '?', schema: Name });
  }
}
