import { useEffect, useId, useState } from 'preact/hooks';
import { session } from '../state/session.js';

/** An argument of a prompt or a template, which the server may complete. */
export function CompletedInput({
  name,
  value,
  required = true,
  description,
  reference,
  others,
  problem,
  onChange,
}: {
  readonly name: string;
  readonly value: string;
  readonly required?: boolean;
  readonly description?: string | undefined;
  readonly reference:
    | { readonly type: 'ref/prompt'; readonly name: string }
    | { readonly type: 'ref/resource'; readonly uri: string };
  readonly others: Readonly<Record<string, string>>;
  readonly problem?: string | undefined;
  readonly onChange: (value: string) => void;
}) {
  const id = useId();
  const [values, setValues] = useState<readonly string[]>([]);
  const [isUsed, setUsed] = useState(false);
  const completes = session.value.state === 'connected' && session.value.capabilities.completions;
  useEffect(() => {
    if (!isUsed || !completes) return undefined;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      const { client } = session.value;
      const request = {
        ref: reference,
        argument: { name, value },
        context: { arguments: { ...others } },
      };
      client?.complete(request, { signal: stop.signal }).then(
        ({ completion }) => setValues(completion.values.slice(0, 100)),
        () => setValues([]),
      );
    }, 200);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [value, isUsed]);
  return (
    <div class="f">
      <div class="lb">
        <label for={id}>{name}</label>
        {required && <span class="req">required</span>}
        <span class="ty">string</span>
      </div>
      <input
        id={id}
        class="in"
        list={`${id}-values`}
        autocomplete="off"
        aria-required={required || undefined}
        aria-invalid={problem !== undefined || undefined}
        aria-describedby={`${id}-help`}
        value={value}
        onFocus={() => setUsed(true)}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      <datalist id={`${id}-values`}>
        {values.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      {problem !== undefined && <p class="bad">{problem}</p>}
      <p class="hp" id={`${id}-help`}>
        {description?.slice(0, 1_000)}
        {values.length > 0 &&
          ` The server suggests ${values.slice(0, 5).join(', ').slice(0, 200)}.`}
      </p>
    </div>
  );
}
