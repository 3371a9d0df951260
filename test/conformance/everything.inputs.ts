import { Injectable } from '@nestjs/common';
import { fromJsonSchema } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { McpPrompt, McpTool, Public, type McpContext } from '../../src/index.js';
import { type JsonSchemaDocument } from './content.js';

const Name = z.object({ name: z.string() });
const Color = z.object({ color: z.string() });
const Ok = z.object({ ok: z.boolean() });

/** The tools and the prompt that need input while they run, each written once for both eras. */
@Public()
@Injectable()
export class EverythingInputs {
  @McpTool({
    name: 'test_sampling',
    description: 'Asks the model of the client',
    input: z.object({ prompt: z.string() }),
  })
  sampling({ prompt }: { prompt: string }, context: McpContext) {
    return sampled(context, 'answer', prompt, 'LLM response: ');
  }

  @McpTool({
    name: 'test_elicitation',
    description: 'Asks the user',
    input: z.object({ message: z.string() }),
  })
  elicitation({ message }: { message: string }, context: McpContext) {
    return asked(context, message, z.object({ username: z.string(), email: z.string() }));
  }

  @McpTool({ name: 'test_elicitation_sep1034_defaults', description: 'Asks with defaults' })
  elicitationDefaults(_input: object, context: McpContext) {
    return asked(context, 'Please review', fromJsonSchema(DEFAULTS));
  }

  @McpTool({ name: 'test_elicitation_sep1330_enums', description: 'Asks with choices' })
  elicitationEnums(_input: object, context: McpContext) {
    return asked(context, 'Pick', fromJsonSchema(ENUMS));
  }

  @McpTool({ name: 'test_missing_capability', description: 'Needs sampling' })
  missingCapability(_input: object, context: McpContext) {
    return sampled(context, 'x', 'pong', '');
  }

  @McpTool({ name: 'test_input_required_result_elicitation', description: 'Asks for a name' })
  inputElicitation(_input: object, context: McpContext) {
    const user = context.accepted('user_name', Name);
    return user ? `Hello, ${user.name}!` : context.elicit('user_name', WHAT_NAME);
  }

  @McpTool({ name: 'test_input_required_result_sampling', description: 'Asks for a capital' })
  inputSampling(_input: object, context: McpContext) {
    return sampled(context, 'capital_question', 'What is the capital of France?', '');
  }

  @McpTool({ name: 'test_input_required_result_list_roots', description: 'Asks for the roots' })
  inputRoots(_input: object, context: McpContext) {
    const answer = context.answer('client_roots');
    if (answer.kind !== 'roots') return context.ask({ client_roots: { roots: true } });
    return answer.roots.map(({ uri }) => uri).join(',');
  }

  @McpTool({ name: 'test_input_required_result_request_state', description: 'Keeps a state' })
  inputState(_input: object, context: McpContext) {
    return stateful(context);
  }

  @McpTool({ name: 'test_input_required_result_tampered_state', description: 'Signs its state' })
  inputTamperedState(_input: object, context: McpContext) {
    return stateful(context);
  }

  @McpTool({ name: 'test_input_required_result_multiple_inputs', description: 'Asks for three' })
  inputMultiple(_input: object, context: McpContext) {
    const answers = ['user_name', 'greeting', 'client_roots'].map((key) => context.answer(key));
    if (answers.every(({ kind }) => kind !== 'missing')) return 'all inputs';
    return context.ask(
      {
        user_name: { form: WHAT_NAME },
        greeting: { sample: message('Generate a greeting') },
        client_roots: { roots: true },
      },
      { asked: true },
    );
  }

  @McpTool({ name: 'test_input_required_result_multi_round', description: 'Asks twice' })
  inputMultiRound(_input: object, context: McpContext) {
    const state = context.state<{ step: number; name?: string }>();
    if (!state) {
      const form = { message: 'Step 1: What is your name?', schema: Name };
      return context.ask({ step1: { form } }, { step: 1 });
    }
    if (state.step === 2) return `${state.name}`;
    const form = { message: 'Step 2: What is your favorite color?', schema: Color };
    const name = context.accepted('step1', Name)?.name;
    return context.ask({ step2: { form } }, { step: 2, name });
  }

  @McpTool({ name: 'test_input_required_result_capabilities', description: 'Asks what it may' })
  inputCapabilities(_input: object, context: McpContext) {
    if (['e', 's'].some((key) => context.answer(key).kind !== 'missing')) return 'ok';
    const { elicitation, sampling } = context.clientCapabilities;
    return elicitation || sampling
      ? context.ask({
          ...(elicitation && { e: { form: WHAT_NAME } }),
          ...(sampling && { s: { sample: message('hi') } }),
        })
      : 'none';
  }

  @McpPrompt({ name: 'test_input_required_result_prompt', description: 'A prompt that asks' })
  inputPrompt(_input: object, context: McpContext) {
    const Context = z.object({ context: z.string() });
    const answer = context.accepted('user_context', Context);
    if (answer) return `ctx ${answer.context}`;
    const message = 'What context should the prompt use?';
    return context.elicit('user_context', { message, schema: Context });
  }
}

const WHAT_NAME = { message: 'What is your name?', schema: Name };

function message(content: string) {
  return {
    messages: [{ role: 'user' as const, content: { type: 'text' as const, text: content } }],
    maxTokens: 100,
  };
}

function sampled(context: McpContext, key: string, question: string, prefix: string) {
  const answer = context.answer(key);
  if (answer.kind !== 'sampling') return context.sample(key, message(question));
  const { content } = answer.result;
  return `${prefix}${!Array.isArray(content) && content.type === 'text' ? content.text : ''}`;
}

function asked(
  context: McpContext,
  question: string,
  schema: Parameters<McpContext['elicit']>[1]['schema'],
) {
  const answer = context.answer('form');
  if (answer.kind !== 'elicit') return context.elicit('form', { message: question, schema });
  return `action=${answer.action}, content=${JSON.stringify(answer.content)}`;
}

function stateful(context: McpContext) {
  if (context.state()) return 'state-ok';
  return context.ask({ confirm: { form: { message: 'Please confirm', schema: Ok } } }, { t: 1 });
}

const DEFAULTS: JsonSchemaDocument = {
  type: 'object',
  properties: {
    name: { type: 'string', default: 'John Doe' },
    age: { type: 'integer', default: 30 },
    score: { type: 'number', default: 95.5 },
    status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
    verified: { type: 'boolean', default: true },
  },
};

const options = (...values: string[]) => values;
const titled = (word: string, value: string) =>
  ['First', 'Second', 'Third'].map((ordinal, index) => ({
    const: `${value}${index + 1}`,
    title: `${ordinal} ${word}`,
  }));

// `enumNames` is of the protocol, not of JSON Schema.
const ENUMS = {
  type: 'object',
  properties: {
    untitledSingle: { type: 'string', enum: options('option1', 'option2', 'option3') },
    titledSingle: { type: 'string', oneOf: titled('Option', 'value') },
    legacyEnum: {
      type: 'string',
      enum: options('opt1', 'opt2', 'opt3'),
      enumNames: ['Option One', 'Option Two', 'Option Three'],
    },
    untitledMulti: {
      type: 'array',
      items: { type: 'string', enum: options('option1', 'option2', 'option3') },
    },
    titledMulti: { type: 'array', items: { anyOf: titled('Choice', 'value') } },
  },
} as JsonSchemaDocument;
