import { Reflector } from '@nestjs/core';
import { bareDecoratorAt } from '../../request/bare-decorator.js';
import type { MaybePromise } from '../../request/value-or-promise.js';
import { InvalidHandlerError } from '../mcp.errors.js';
import { assertMethod, type EntryDecorator } from './mark-handler.js';
import type { McpContext } from './mcp-context.js';

/**
 * Has the client ask its user before a tool runs: a form with one checkbox. It is shown after the
 * guards and the validation of the arguments, and before the method. Without a confirmation of these
 * very arguments the method does not run. A client that cannot show forms is refused.
 *
 * A confirmation proves that the client confirmed, not that a person did. It is not access control.
 *
 * @throws {InvalidHandlerError} the question is empty
 * @param message the question, or a function that gives it for the validated input
 * @example
 * ```ts
 * @Confirm(({ id }: { id: string }) => `Delete the note ${id}?`)
 * @McpTool({ description: 'Deletes a note', input: z.object({ id: z.string() }) })
 * remove({ id }: { id: string }) {
 *   return this.notes.remove(id);
 * }
 * ```
 */
export function Confirm<I = never>(message: ConfirmMessage<I>) {
  // A question may be a function.
  const bare = bareDecoratorAt(arguments, true);
  if (bare !== undefined) throw new InvalidHandlerError(bare, NO_QUESTION);
  return <M extends (input: I, ...rest: never[]) => unknown>(
    prototype: object,
    method: string,
    descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    assertMethod(CONFIRM, {}, [prototype, method, descriptor]);
    assertMessage(`${prototype.constructor.name}.${method}`, message);
    ConfirmMetadata({ message })(prototype, method, descriptor);
  };
}

/** The question of `@Confirm()`. */
export type ConfirmMessage<I = never> =
  string | ((input: I, context: McpContext) => MaybePromise<string>);

/** Metadata of a method: the question of its `@Confirm()`. */
export const ConfirmMetadata = Reflector.createDecorator<{ readonly message: ConfirmMessage }>({
  key: 'nestjs-clerk-mcp:confirm',
});

const CONFIRM: EntryDecorator = { name: '@Confirm', key: ConfirmMetadata.KEY, options: {} };

const NO_QUESTION = "@Confirm() has no question. Write one, such as @Confirm('Delete this note?').";

function assertMessage(source: string, message: unknown): void {
  if (typeof message === 'function') return;
  if (typeof message === 'string' && message.trim() !== '') return;
  throw new InvalidHandlerError(source, NO_QUESTION);
}
