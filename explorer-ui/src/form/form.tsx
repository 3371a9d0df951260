import { useId } from 'preact/hooks';
import { Chosen, initialDraft, Text, type Draft } from '../schema/draft.js';
import type { Field, TextInput } from '../schema/field.js';
import { Icon } from '../parts/icon.js';
import { Segments } from '../parts/small.js';
import { ListInput } from './list-input.js';
import type { FieldProps, FieldsProps } from './field-props.js';

/** The fields of an object. */
export function Fields({ fields, draft, path = '', problems, onChange }: FieldsProps) {
  const members = Object(draft) as Readonly<Record<string, Draft>>;
  return (
    <>
      {fields.map((field) => (
        <FieldRow
          key={field.name}
          field={field}
          draft={Object.hasOwn(members, field.name) ? members[field.name] : undefined}
          path={path ? `${path}.${field.name}` : field.name}
          problems={problems}
          onChange={(value) => onChange({ ...members, [field.name]: value })}
        />
      ))}
    </>
  );
}

/** Short types have half the width. */
const isHalf = ({ shape }: Field): boolean =>
  shape.kind === 'number' ||
  shape.kind === 'boolean' ||
  (shape.kind === 'text' && shape.input === 'date') ||
  (shape.kind === 'enum' && shape.options.length <= 3);

function FieldRow(props: FieldProps) {
  const { field, path, problems, draft, onChange } = props;
  const id = useId();
  const own = problems.filter((problem) => problem.path === path);
  const { shape } = field;
  const isGroup = ['object', 'union', 'boolean'].includes(shape.kind) || isSegmented(field);
  const described = [own.length > 0 ? `${id}-bad` : '', field.description ? `${id}-help` : '']
    .filter(Boolean)
    .join(' ');
  return (
    <div
      class={isHalf(field) ? 'f h' : 'f'}
      {...(isGroup && { role: 'group', 'aria-labelledby': `${id}-label` })}
    >
      <div class="lb">
        {isGroup ? (
          <span class="nm" id={`${id}-label`}>
            {field.name}
          </span>
        ) : (
          <label for={id}>{field.name}</label>
        )}
        {field.required && <span class="req">required</span>}
        <span class="ty">{field.type}</span>
        {shape.kind === 'object' && !field.required && (
          <button
            type="button"
            class="btn sm quiet"
            aria-label={draft === undefined ? `Set ${field.name}` : `Leave ${field.name} out`}
            onClick={() =>
              onChange(draft === undefined ? initialDraft({ ...field, required: true }) : undefined)
            }
          >
            <Icon name={draft === undefined ? 'plus' : 'x'} small />
          </button>
        )}
      </div>
      <Control {...props} id={id} described={described} invalid={own.length > 0} />
      {own.map(({ message }) => (
        <p class="bad" id={`${id}-bad`} key={message}>
          <Icon name="warn" small />
          <span>{message}</span>
        </p>
      ))}
      {field.description !== undefined && (
        <p class="hp" id={`${id}-help`}>
          {field.description.slice(0, 1_000)}
        </p>
      )}
    </div>
  );
}

function isSegmented({ shape }: Field): boolean {
  return (
    shape.kind === 'enum' &&
    shape.options.length <= 4 &&
    shape.options.map(({ label }) => label).join('').length <= 40
  );
}

interface ControlProps extends FieldProps {
  readonly id: string;
  readonly described: string;
  readonly invalid: boolean;
}

function Control(props: ControlProps) {
  const { field, draft, path, problems, onChange, id, described, invalid } = props;
  const { shape, required, name } = field;
  const common = {
    id,
    class: 'in',
    'aria-invalid': invalid || undefined,
    'aria-describedby': described || undefined,
    'aria-required': required || undefined,
  };
  switch (shape.kind) {
    case 'const':
      return <input {...common} value={String(shape.value)} readOnly />;
    case 'text': {
      const set = (value: string): void => onChange(value === '' && !required ? undefined : value);
      const value = draft === undefined ? '' : String(draft);
      if (shape.multiline) {
        return (
          <textarea
            {...common}
            rows={3}
            value={value}
            onInput={(event) => set(event.currentTarget.value)}
          />
        );
      }
      return (
        <input
          {...common}
          {...typeOf(shape.input)}
          autocomplete="off"
          value={value}
          onInput={(event) => set(event.currentTarget.value)}
        />
      );
    }
    case 'number':
      return (
        <input
          {...common}
          inputMode={shape.integer ? 'numeric' : 'decimal'}
          autocomplete="off"
          value={draft instanceof Text ? draft.text : ''}
          onInput={({ currentTarget: { value } }) =>
            onChange(value === '' ? undefined : new Text(value))
          }
        />
      );
    case 'boolean':
      return (
        <Segments
          fill
          label={name}
          choices={[
            ...(required ? [] : [{ value: 'unset', label: 'not set' } as const]),
            { value: 'true', label: 'true' },
            { value: 'false', label: 'false' },
          ]}
          value={draft === undefined ? 'unset' : String(draft)}
          onChange={(value) => onChange(value === 'unset' ? undefined : value === 'true')}
        />
      );
    case 'enum':
      return <EnumInput {...props} common={common} />;
    case 'object':
      if (draft === undefined && !required) return null;
      return (
        <div class="nest">
          <Fields
            fields={shape.fields}
            draft={draft}
            path={path}
            problems={problems}
            onChange={onChange}
          />
        </div>
      );
    case 'list':
      return <ListInput {...props} Fields={Fields} />;
    case 'union':
      return <UnionInput {...props} />;
    case 'json':
      return (
        <>
          <textarea
            {...common}
            class="in mono"
            rows={4}
            spellcheck={false}
            value={draft instanceof Text ? draft.text : ''}
            onInput={({ currentTarget: { value } }) =>
              onChange(value === '' ? undefined : new Text(value))
            }
          />
          <p class="hp">Written as JSON. {shape.reason} The server checks the rest.</p>
        </>
      );
  }
}

/** E-mail addresses and URLs are checked in words, not by the browser. */
function typeOf(input: TextInput) {
  if (input === 'email' || input === 'url') return { type: 'text', inputMode: input } as const;
  // One union of types, of which the declarations want a single one.
  return { type: input } as { readonly type: 'text' };
}

function EnumInput({
  field,
  draft,
  onChange,
  common,
}: ControlProps & { readonly common: Record<string, unknown> }) {
  const { shape, required, name } = field;
  const options = shape.kind === 'enum' ? shape.options : [];
  const at = options.findIndex(({ value }) => value === draft);
  const set = (index: string): void =>
    onChange(index === '' ? undefined : options[Number(index)]?.value);
  const choices = options.map(({ label }, index) => ({ value: String(index), label }));
  if (isSegmented(field)) {
    // What has a default is always set: the server would set it.
    const unset = required || 'default' in field.schema ? [] : [{ value: '', label: 'not set' }];
    return (
      <Segments
        fill
        label={name}
        choices={[...unset, ...choices]}
        value={at < 0 ? '' : String(at)}
        onChange={set}
      />
    );
  }
  return (
    <select
      {...common}
      value={at < 0 ? '' : String(at)}
      onChange={(event) => set(event.currentTarget.value)}
    >
      <option value="">{required ? 'choose' : 'not set'}</option>
      {choices.map(({ value, label }) => (
        <option key={value} value={value}>
          {label.slice(0, 200)}
        </option>
      ))}
    </select>
  );
}

function UnionInput({ field, draft, path, problems, onChange }: FieldProps) {
  const { shape, name, required } = field;
  const options = shape.kind === 'union' ? shape.options : [];
  const chosen = draft instanceof Chosen ? draft : undefined;
  const option = chosen && options[chosen.option];
  const choose = (index: string): void => {
    const next = options[Number(index)];
    onChange(
      index === '' || !next
        ? undefined
        : new Chosen(Number(index), initialDraft({ ...next, required: true })),
    );
  };
  const unset = required ? [] : [{ value: '', label: 'not set' }];
  const choices = options.map((one, index) => ({
    value: String(index),
    label: one.name.slice(0, 40),
  }));
  return (
    <>
      <Segments
        fill
        label={name}
        choices={[...unset, ...choices]}
        value={chosen ? String(chosen.option) : ''}
        onChange={choose}
      />
      {option && chosen && (
        <div class="nest">
          {option.shape.kind === 'object' ? (
            <Fields
              fields={option.shape.fields}
              draft={chosen.draft}
              path={path}
              problems={problems}
              onChange={(inner) => onChange(new Chosen(chosen.option, inner))}
            />
          ) : (
            <FieldRow
              field={{ ...option, name: option.name || name, required: true }}
              draft={chosen.draft}
              path={path}
              problems={problems}
              onChange={(inner) => onChange(new Chosen(chosen.option, inner))}
            />
          )}
        </div>
      )}
    </>
  );
}
