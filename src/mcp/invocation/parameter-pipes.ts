import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { isThenable, type MaybePromise } from '../../request/value-or-promise.js';
import type { BoundParameter } from '../nest-handler-internals.js';

/** Makes the arguments of a handler from those of a call: `[request, reply, input, context]`. */
type ParameterValues = (call: readonly unknown[]) => MaybePromise<readonly unknown[]>;

/**
 * Runs the pipes of the parameters as Nest does: all parameters at the same time, one pipe of each after the
 * other, and those of the others to their end where one throws. Synchronous if every pipe is.
 *
 * @param pipes of the application, the class and the method
 */
export function bindParameters(
  parameters: readonly BoundParameter[],
  pipes: readonly PipeTransform[],
): ParameterValues {
  const chains = parameters.map((parameter) => chainOf(parameter, pipes));
  const rounds = Math.max(0, ...chains.map(({ steps }) => steps.length));
  const last = chains.findLast(({ steps }) => steps.length === rounds)?.steps.at(-1);
  return (call) => {
    const values: unknown[] = [];
    for (let round = 0; round < rounds; round += 1) {
      let isAsync = false;
      for (const { index, steps } of chains) {
        const step = steps[round];
        if (!step) continue;
        try {
          values[index] = step(values[index], call);
        } catch (error) {
          if (step === last && !isAsync) throw error;
          values[index] = Promise.reject(error);
        }
        isAsync ||= isThenable(values[index]);
      }
      if (isAsync) return finish(chains, values, round + 1);
    }
    return values;
  };
}

/** What happens to the value of one parameter. */
interface Chain {
  readonly index: number;
  /** Takes the value from the call, then runs the pipes. */
  readonly steps: readonly ((value: unknown, call: readonly unknown[]) => unknown)[];
}

function chainOf(parameter: BoundParameter, around: readonly PipeTransform[]): Chain {
  const { index, extractValue, pipes, data, metatype } = parameter;
  const metadata = {
    // As Nest calls parameters that are not those of a route.
    type: 'custom',
    metatype,
    data,
    ...('schema' in parameter && { schema: parameter.schema }),
  } as ArgumentMetadata; // Nest types these members as what it usually finds there.
  return {
    index,
    steps: [
      (_, call) => extractValue(...call),
      // Each pipe has an object of its own, as with Nest: it may keep or change it.
      ...[...around, ...pipes].map(
        (pipe) =>
          (value: unknown): unknown =>
            pipe.transform(value, { ...metadata }),
      ),
    ],
  };
}

/** Goes on with promises, as Nest 12 does from the start: after its first pipe, every value takes a turn. */
function finish(
  chains: readonly Chain[],
  values: unknown[],
  round: number,
): Promise<readonly unknown[]> {
  const open = chains.filter(
    ({ index, steps }) => steps.length > round || isThenable(values[index]),
  );
  const pipeRest = async ({ index, steps }: Chain): Promise<void> => {
    let value = values[index];
    if (round > 1 || isThenable(value)) value = await value;
    for (const step of steps.slice(round)) value = await step(value, []);
    values[index] = value;
  };
  const [first] = open;
  // The input alone, after its last pipe: that of a class, most often.
  if (first && open.length === 1 && first.steps.length <= round) {
    const { index } = first;
    return Promise.resolve(values[index]).then((value) => values.with(index, value));
  }
  return Promise.all(open.map(pipeRest)).then(() => values);
}
