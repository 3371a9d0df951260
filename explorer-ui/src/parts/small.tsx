import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon, type IconName } from './icon.js';

/** Copies a text; the icon says for a moment that it did. */
export function CopyButton({
  text,
  label,
  children,
  quiet = true,
}: {
  readonly text: string | (() => string);
  readonly label: string;
  readonly children?: ComponentChildren;
  readonly quiet?: boolean;
}) {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle');
  useEffect(() => {
    if (state === 'idle') return undefined;
    const timer = setTimeout(() => setState('idle'), 1_500);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = (): void => {
    const value = typeof text === 'string' ? text : text();
    navigator.clipboard.writeText(value).then(
      () => setState('copied'),
      () => setState('failed'),
    );
  };
  const icon: IconName = { idle: 'copy', copied: 'check', failed: 'x' }[state] as IconName;
  const said = { idle: label, copied: 'Copied', failed: 'Not copied' }[state];
  return (
    <button
      type="button"
      class={`btn sm ${quiet ? 'quiet' : ''} ${children === undefined ? 'ic' : ''}`}
      aria-label={children === undefined ? said : undefined}
      title={said}
      onClick={copy}
    >
      <Icon name={icon} small />
      {children}
      <span class="vh" role="status">
        {state === 'idle' ? '' : said}
      </span>
    </button>
  );
}

/** Closes what is open. */
export function CloseButton({ onClose }: { readonly onClose: () => void }) {
  return (
    <button
      type="button"
      class="btn sm ic quiet"
      aria-label="Close"
      title="Close"
      onClick={onClose}
    >
      <Icon name="x" small />
    </button>
  );
}

export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
}

/** Buttons of which one is pressed. */
export function Segments<T extends string>({
  label,
  choices,
  value,
  onChange,
  fill = false,
}: {
  readonly label: string;
  readonly choices: readonly Choice<T>[];
  readonly value: T | undefined;
  readonly onChange: (value: T) => void;
  readonly fill?: boolean;
}) {
  return (
    <div class={fill ? 'seg fill' : 'seg'} role="group" aria-label={label}>
      {choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          aria-pressed={choice.value === value}
          onClick={() => onChange(choice.value)}
        >
          {choice.label}
        </button>
      ))}
    </div>
  );
}

/** Tabs: the arrow keys move between them, as the ARIA practices say. */
export function Tabs<T extends string>({
  label,
  tabs,
  value,
  onChange,
}: {
  readonly label: string;
  readonly tabs: readonly Choice<T>[];
  readonly value: T;
  readonly onChange: (value: T) => void;
}) {
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -tabs.length, End: tabs.length }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const at = tabs.findIndex((tab) => tab.value === value);
    const isEnd = Math.abs(step) === tabs.length;
    const next = isEnd ? tabs.at(step < 0 ? 0 : -1) : tabs[(at + step + tabs.length) % tabs.length];
    if (!next) return;
    onChange(next.value);
    list.current?.querySelectorAll<HTMLElement>('[role=tab]')[tabs.indexOf(next)]?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} ref={list} onKeyDown={move}>
      {tabs.map((tab) => (
        <button
          key={tab.value}
          type="button"
          class="tab"
          role="tab"
          aria-selected={tab.value === value}
          tabIndex={tab.value === value ? 0 : -1}
          onClick={() => onChange(tab.value)}
        >
          {tab.label}
        </button>
      ))}
    </div>
  );
}

/** What stands in the place of something that is not there. */
export function EmptyState({
  icon,
  title,
  children,
  actions,
  verdict = 'none',
}: {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ComponentChildren;
  readonly actions?: ComponentChildren;
  readonly verdict?: string;
}) {
  return (
    <div class={`mt v-${verdict}`}>
      <span class="lg-icon">
        <Icon name={icon} />
      </span>
      <h2>{title}</h2>
      {children !== undefined && <p class="sm">{children}</p>}
      {actions !== undefined && <div class="go">{actions}</div>}
    </div>
  );
}

/** The shape of a list that is on its way; not at once, so that nothing flickers. */
export function Skeleton({ label, rows = 6 }: { readonly label: string; readonly rows?: number }) {
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 150);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div role="status" aria-label={label} class="skeleton">
      {isLate &&
        Array.from({ length: rows }, (_, index) => (
          <div class="sk-row" key={index}>
            <div class={`sk w${index % 3}`} />
            <div class={`sk thin w${(index + 1) % 3}`} />
          </div>
        ))}
    </div>
  );
}

/** A search field; `/` goes to it. */
export function Search({
  label,
  placeholder,
  value,
  onInput,
}: {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const focus = (event: KeyboardEvent): void => {
      const isTyping =
        event.target instanceof Element && event.target.matches('input,textarea,select');
      if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      input.current?.focus();
    };
    addEventListener('keydown', focus);
    return () => removeEventListener('keydown', focus);
  }, []);
  return (
    <div class="search">
      <Icon name="search" />
      <input
        ref={input}
        class="in"
        type="search"
        aria-label={label}
        placeholder={placeholder}
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      <kbd class="kb" aria-hidden="true">
        /
      </kbd>
    </div>
  );
}

/** A section that opens and closes. */
export function Section({
  title,
  note,
  open = false,
  children,
}: {
  readonly title: string;
  readonly note?: ComponentChildren;
  readonly open?: boolean;
  readonly children: ComponentChildren;
}) {
  return (
    <details class="sec" open={open}>
      <summary>
        <span class="ch">
          <Icon name="chev" small />
        </span>
        {title}
        <span class="push xs m">{note}</span>
      </summary>
      <div class="in-b">{children}</div>
    </details>
  );
}

export function bytesInWords(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

export function tookInWords(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

export function timeOf(at: number): string {
  return new Date(at).toLocaleTimeString('en-GB');
}

/** A URL that a server has sent: only a web page may be opened, and it learns nothing of this one. */
export function safeUrl(text: unknown): string | undefined {
  if (typeof text !== 'string' || !URL.canParse(text)) return undefined;
  return /^https?:$/.test(new URL(text).protocol) ? text : undefined;
}
