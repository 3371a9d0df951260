import { createHash } from 'node:crypto';
import { canonicalJson } from '../../audit/input-digest.js';
import { ConfirmMetadata, type ConfirmMessage } from '../authoring/confirm.decorator.js';
import { takesForms } from '../authoring/input-rounds.js';
import { McpContext } from '../authoring/mcp-context.js';
import { ToolMetadata } from '../authoring/mcp-tool.decorator.js';
import { ConfirmationUnavailableError, NotConfirmedError } from '../authoring/authoring.errors.js';
import { CONTEXT_PARAMETER, INPUT_PARAMETER, parameterIndex } from '../nest-internals.js';
import { copyMetadata, type DeclaredHandler, type HandlerRunner } from './declared-handler.js';

/**
 * Binds a handler, and puts the question of `@Confirm()` before it if it has one. It is part of the
 * handler that Nest runs, so that guards, interceptors and pipes run before it.
 *
 * @param bind creates the runner of a handler
 */
export function bindConfirmed(
  { type, method, declared }: ConfirmedHandler,
  bind: (declared: DeclaredHandler) => HandlerRunner,
): HandlerRunner {
  const { instance, handler } = declared;
  const metadata: { message: ConfirmMessage } | undefined = Reflect.getMetadata(
    ConfirmMetadata.KEY,
    handler,
  );
  if (!metadata) return bind(declared);
  const inputAt = parameterIndex(type, method, INPUT_PARAMETER);
  const contextAt = parameterIndex(type, method, CONTEXT_PARAMETER);
  const tool = Reflect.getMetadata(ToolMetadata.KEY, handler)?.name ?? method;
  // What the client sent: validated input may differ from call to call, as with a default.
  const digests = new WeakMap<object, string>();

  const confirmed = async (...args: unknown[]): Promise<unknown> => {
    const context = args[contextAt];
    const digest = context instanceof McpContext ? digests.get(context) : undefined;
    if (!(context instanceof McpContext) || digest === undefined) {
      throw new Error(`An enhancer replaced the context of ${tool}, so that nothing confirms it.`);
    }
    const answer = context.confirmation(digest);
    if (answer === 'accept') return Reflect.apply(handler, instance, args);
    if (answer !== 'missing') throw new NotConfirmedError(tool, answer);
    if (!takesForms(context.clientCapabilities)) throw new ConfirmationUnavailableError(tool);
    const { message } = metadata;
    // The decorator has checked the type of the input.
    const question =
      typeof message === 'string' ? message : await message(args[inputAt] as never, context);
    return context.askToConfirm(digest, question);
  };
  const run = bind({ instance, handler: copyMetadata(handler, confirmed) });
  return (request, reply, input, context) => {
    digests.set(context, digestOf(input));
    return run(request, reply, input, context);
  };
}

interface ConfirmedHandler {
  readonly type: object;
  readonly method: string;
  readonly declared: DeclaredHandler;
}

function digestOf(input: unknown): string {
  const json = canonicalJson(input);
  if (json === undefined) throw new TypeError('The arguments cannot be written as JSON.');
  return createHash('sha256').update(json).digest('base64url');
}
