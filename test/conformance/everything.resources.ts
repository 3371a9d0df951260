import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import {
  McpCompletion,
  McpNotifier,
  McpPrompt,
  McpResource,
  McpResourceTemplate,
  McpTool,
  Public,
} from '../../src/index.js';
import { PNG, ofUser, text } from './content.js';

/** The resources, prompts and completions of the official suite. */
@Public()
@Injectable()
export class EverythingResources {
  constructor(private readonly notifier: McpNotifier) {}

  @McpResource({ name: 'static-text', uri: 'test://static-text', mimeType: 'text/plain' })
  staticText() {
    return 'This is the content of the static text resource.';
  }

  @McpResource({ name: 'static-binary', uri: 'test://static-binary', mimeType: 'image/png' })
  staticBinary() {
    return Buffer.from(PNG, 'base64');
  }

  @McpResource({ name: 'watched-resource', uri: 'test://watched-resource', mimeType: 'text/plain' })
  watched() {
    return 'Watched resource content';
  }

  @McpResourceTemplate({
    name: 'template',
    uriTemplate: 'test://template/{id}/data',
    mimeType: 'application/json',
    variables: z.object({ id: z.string() }),
  })
  template({ id }: { id: string }) {
    return { id, templateTest: true, data: `Data for ID: ${id}` };
  }

  @McpPrompt({ name: 'test_simple_prompt', description: 'A prompt' })
  simplePrompt() {
    return 'This is a simple prompt for testing.';
  }

  @McpPrompt({
    name: 'test_prompt_with_arguments',
    description: 'A prompt with arguments',
    input: z.object({
      arg1: z.string().describe('First test argument'),
      arg2: z.string().describe('Second test argument'),
    }),
  })
  promptWithArguments({ arg1, arg2 }: { arg1: string; arg2: string }) {
    return `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`;
  }

  @McpCompletion({ prompt: 'test_prompt_with_arguments', argument: 'arg1' })
  completeArgument({ value }: { value: string }) {
    return ['paris', 'park', 'party'].filter((candidate) => candidate.startsWith(value));
  }

  @McpPrompt({
    name: 'test_prompt_with_embedded_resource',
    description: 'A prompt with a resource',
    input: z.object({ resourceUri: z.string() }),
  })
  promptWithResource({ resourceUri }: { resourceUri: string }) {
    const resource = {
      uri: resourceUri,
      mimeType: 'text/plain',
      text: 'Embedded resource content for testing.',
    };
    return [
      ofUser({ type: 'resource', resource }),
      ofUser(text('Please process the embedded resource above.')),
    ];
  }

  @McpPrompt({ name: 'test_prompt_with_image', description: 'A prompt with a picture' })
  promptWithImage() {
    return [
      ofUser({ type: 'image', data: PNG, mimeType: 'image/png' }),
      ofUser(text('Please analyze the image above.')),
    ];
  }

  @McpTool({ name: 'test_trigger_tool_change', description: 'Says that the tools changed' })
  toolChange() {
    this.notifier.toolsChanged();
    return 'ok';
  }

  @McpTool({ name: 'test_trigger_prompt_change', description: 'Says that the prompts changed' })
  promptChange() {
    this.notifier.promptsChanged();
    return 'ok';
  }
}
