import { useState } from 'preact/hooks';
import { initialDraft, readDraft, Text, type Draft } from '../schema/draft.js';
import type { Field } from '../schema/field.js';
import { Icon } from '../parts/icon.js';
import type { ListProps } from './field-props.js';

/** A list: short texts and numbers as tokens, anything else one below the other. */
export function ListInput(props: ListProps) {
  const { field } = props;
  const { shape } = field;
  if (shape.kind !== 'list') return null;
  const { item } = shape;
  const isShort =
    item.shape.kind === 'number' || (item.shape.kind === 'text' && !item.shape.multiline);
  return isShort ? <Tokens {...props} item={item} /> : <Items {...props} item={item} />;
}

function Tokens({
  field,
  draft,
  onChange,
  id,
  described,
  invalid,
  item,
}: ListProps & { readonly item: Field }) {
  const [text, setText] = useState('');
  const items = Array.isArray(draft) ? (draft as readonly Draft[]) : [];
  const add = (): void => {
    if (text.trim() === '') return;
    onChange([...items, item.shape.kind === 'number' ? new Text(text) : text]);
    setText('');
  };
  const remove = (index: number): void => {
    const left = items.filter((_, at) => at !== index);
    onChange(left.length === 0 && !field.required ? undefined : left);
  };
  return (
    <div class="in toks" aria-invalid={invalid || undefined}>
      {items.map((one, index) => {
        const label = one instanceof Text ? one.text : String(one);
        const isBad = readDraft(item, one).problems.length > 0;
        return (
          <span class={isBad ? 'tk v-deny vt' : 'tk'} key={index}>
            <span class="el">{label}</span>
            <button type="button" aria-label={`Remove ${label}`} onClick={() => remove(index)}>
              <Icon name="x" small />
            </button>
          </span>
        );
      })}
      <input
        id={id}
        aria-describedby={described || undefined}
        placeholder="Add, then ↵"
        autocomplete="off"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onBlur={add}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) {
            event.preventDefault();
            add();
          }
          if (event.key === 'Backspace' && text === '' && items.length > 0)
            remove(items.length - 1);
        }}
      />
    </div>
  );
}

function Items({
  field,
  draft,
  path,
  problems,
  onChange,
  item,
  Fields,
}: ListProps & { readonly item: Field }) {
  const items = Array.isArray(draft) ? (draft as readonly Draft[]) : [];
  const set = (index: number, value: Draft): void =>
    onChange(items.map((one, at) => (at === index ? value : one)));
  const remove = (index: number): void => {
    const left = items.filter((_, at) => at !== index);
    onChange(left.length === 0 && !field.required ? undefined : left);
  };
  return (
    <div class="items">
      {items.map((one, index) => (
        <div class="nest item" key={index} role="group" aria-label={`${field.name} ${index + 1}`}>
          <Fields
            fields={
              item.shape.kind === 'object'
                ? item.shape.fields
                : [{ ...item, name: `${index + 1}`, required: true }]
            }
            draft={item.shape.kind === 'object' ? one : { [`${index + 1}`]: one }}
            path={`${path}[${index}]`}
            problems={problems}
            onChange={(value) =>
              set(
                index,
                item.shape.kind === 'object' ? value : Reflect.get(Object(value), `${index + 1}`),
              )
            }
          />
          <button
            type="button"
            class="btn sm quiet"
            aria-label={`Remove ${field.name} ${index + 1}`}
            onClick={() => remove(index)}
          >
            <Icon name="x" small /> Remove
          </button>
        </div>
      ))}
      <button
        type="button"
        class="btn sm"
        onClick={() => onChange([...items, initialDraft({ ...item, required: true })])}
      >
        <Icon name="plus" small /> Add
      </button>
    </div>
  );
}
