import { Injectable } from '@nestjs/common';
import { fromJsonSchema } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { McpTool, Public, type McpContext } from '../../src/index.js';
import { PNG, WAV, text, type JsonSchemaDocument } from './content.js';

const Nothing = z.object({});

/** The tools that the official suite calls for plain results. */
@Public()
@Injectable()
export class EverythingTools {
  @McpTool({ name: 'test_simple_text', description: 'Answers with text' })
  simpleText() {
    return 'This is a simple text response for testing.';
  }

  @McpTool({ name: 'test_image_content', description: 'Answers with an image' })
  imageContent() {
    return [{ type: 'image', data: PNG, mimeType: 'image/png' }];
  }

  @McpTool({ name: 'test_audio_content', description: 'Answers with sound' })
  audioContent() {
    return [{ type: 'audio', data: WAV, mimeType: 'audio/wav' }];
  }

  @McpTool({ name: 'test_embedded_resource', description: 'Answers with a resource' })
  embeddedResource() {
    const resource = {
      uri: 'test://embedded-resource',
      mimeType: 'text/plain',
      text: 'This is an embedded resource content.',
    };
    return [{ type: 'resource', resource }];
  }

  @McpTool({ name: 'test_multiple_content_types', description: 'Answers with three blocks' })
  multipleContentTypes() {
    const resource = {
      uri: 'test://mixed-content-resource',
      mimeType: 'application/json',
      text: '{"test":"data","value":123}',
    };
    return [
      text('Multiple content types test:'),
      { type: 'image', data: PNG, mimeType: 'image/png' },
      { type: 'resource', resource },
    ];
  }

  @McpTool({ name: 'test_tool_with_logging', description: 'Logs to the client' })
  async logging(_input: object, context: McpContext) {
    for (const message of ['started', 'processing data', 'completed']) {
      await context.log('info', `Tool execution ${message}`);
      await pause(50);
    }
    return 'logged';
  }

  @McpTool({ name: 'test_logging_tool', description: 'Logs once' })
  async logOnce(_input: object, context: McpContext) {
    await context.log('info', 'once');
    return 'logged';
  }

  @McpTool({ name: 'test_tool_with_progress', description: 'Reports progress' })
  async progress(_input: object, context: McpContext) {
    for (const progress of [0, 50, 100]) {
      await context.progress(progress, 100);
      await pause(50);
    }
    return 'done';
  }

  @McpTool({ name: 'test_error_handling', description: 'Fails' })
  error(): string {
    throw new Error('This tool intentionally returns an error for testing');
  }

  @McpTool({ name: 'test_streaming_elicitation', description: 'Asks for nothing' })
  streamingElicitation() {
    return 'no top-level requests';
  }

  @McpTool({ name: 'test_reconnection', description: 'Outlives its stream' })
  async reconnection(_input: object, context: McpContext) {
    context.closeStream();
    await pause(100);
    return 'Reconnection test completed successfully.';
  }

  @McpTool({
    name: 'json_schema_2020_12_tool',
    description: 'Tool with JSON Schema 2020-12 features',
    input: fromJsonSchema<Record<string, unknown>>(JSON_SCHEMA_2020_12()),
  })
  jsonSchema(input: Record<string, unknown>) {
    return JSON.stringify(input);
  }

  @McpTool({
    name: 'test_x_mcp_header',
    description: 'Takes parameters from headers',
    input: z.object({
      region: z.string().optional().meta({ 'x-mcp-header': 'Region' }),
      level: z.int().optional().meta({ 'x-mcp-header': 'Level' }),
    }),
  })
  header({ region }: { region?: string | undefined }) {
    return `region=${region}`;
  }

  @McpTool({ name: 'greet', description: 'Greets', input: Nothing.extend({ name: z.string() }) })
  greet({ name }: { name: string }) {
    return `Hello, ${name}!`;
  }
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function JSON_SCHEMA_2020_12(): JsonSchemaDocument {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    $defs: {
      address: {
        $anchor: 'addressDef',
        type: 'object',
        properties: { street: { type: 'string' }, city: { type: 'string' } },
      },
    },
    properties: {
      name: { type: 'string' },
      address: { $ref: '#/$defs/address' },
      contactMethod: { type: 'string', enum: ['phone', 'email'] },
      phone: { type: 'string' },
      email: { type: 'string' },
    },
    allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
    if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
    then: { required: ['phone'] },
    else: { required: ['email'] },
    additionalProperties: false,
  };
}
