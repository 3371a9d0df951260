import type { PipeTransform } from '@nestjs/common';
import { CUSTOM_ROUTE_ARGS_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/internal';

/** The parameter that takes the validated input. */
export const INPUT_PARAMETER = 9001;
/** The parameter that takes the `McpContext`. */
export const CONTEXT_PARAMETER = 9002;
/** Where the parameters of a tool are described, in the form that Nest reads. */
export const HANDLER_PARAMETERS = 'nestjs-clerk-mcp:parameters';

/** One described parameter: `index` is its place in the signature. */
export interface ParameterDescription {
  readonly index: number;
  readonly data?: unknown;
  readonly pipes: readonly unknown[];
}

export type ParameterDescriptions = Readonly<Record<string, ParameterDescription>>;

/**
 * Gives the input and the context the first two parameters that no decorator has taken. Runs when
 * the method decorator does, which is after those of the parameters.
 */
export function bindHandlerParameters(
  type: object,
  method: string,
  inputPipe: PipeTransform | undefined,
): void {
  const taken: ParameterDescriptions =
    Reflect.getOwnMetadata(ROUTE_ARGS_METADATA, type, method) ?? {};
  const takenIndexes = new Set(Object.values(taken).map(({ index }) => index));
  const free = firstFree(takenIndexes);
  const input = free();
  const context = free();
  const described: ParameterDescriptions = {
    ...taken,
    [`${INPUT_PARAMETER}:${input}`]: { index: input, pipes: inputPipe ? [inputPipe] : [] },
    [`${CONTEXT_PARAMETER}:${context}`]: { index: context, pipes: [] },
  };
  Reflect.defineMetadata(HANDLER_PARAMETERS, described, type, method);
}

/** The parameters of a tool, by the key that Nest gives each. */
export function parametersOf(type: object, method: string): ParameterDescriptions {
  return Reflect.getMetadata(HANDLER_PARAMETERS, type, method) ?? {};
}

/** Parameters whose decorator reads the HTTP exchange itself, such as `@Body()`: not for a tool. */
export function httpOnlyParameters(type: object, method: string): readonly number[] {
  return Object.entries(parametersOf(type, method))
    .filter(
      ([key]) =>
        !key.includes(CUSTOM_ROUTE_ARGS_METADATA) &&
        !key.startsWith(`${INPUT_PARAMETER}:`) &&
        !key.startsWith(`${CONTEXT_PARAMETER}:`),
    )
    .map(([, { index }]) => index);
}

function firstFree(taken: ReadonlySet<number>): () => number {
  let next = 0;
  return () => {
    while (taken.has(next)) next += 1;
    return next++;
  };
}
