import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../parts/icon.js';
import { caller, callerError, cancelChange, changing, kindOf, life } from '../state/caller.js';
import { config } from '../state/explorer.js';
import { switchTheme } from '../state/theme.js';
import { Avatar } from './avatar.js';
import { Persons } from './persons.js';
import { ScopesSection, TokenSection } from './token.js';

/** Left out on phones, where the time itself has to fit. */
const ENDS = 'ends in ';

/** Who the page is, always in view; it opens the menu that changes it. */
export function CallerButton() {
  const [isOpen, setOpen] = useState(false);
  const menu = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const { name, about, facts, refusal, token } = caller.value;
  const { text, state } = life.value;
  const scopes = facts?.scopes ?? [];
  // Before anybody can press the button: a menu whose opening is not heard would stay empty.
  useLayoutEffect(() => {
    const element = menu.current;
    const toggled = (event: Event): void => setOpen((event as ToggleEvent).newState === 'open');
    element?.addEventListener('toggle', toggled);
    return () => element?.removeEventListener('toggle', toggled);
  }, []);
  const close = (): void => {
    menu.current?.hidePopover();
    button.current?.focus();
  };
  const isEnded = state === 'ended';
  return (
    <>
      <button
        ref={button}
        type="button"
        class={`caller v-${isEnded ? 'auth' : 'none'}`}
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        onClick={() => menu.current?.togglePopover()}
      >
        <Avatar
          name={name}
          isAnonymous={token === undefined}
          isMachine={caller.value.wanted?.kind === 'm2m_token'}
        />
        <span class="who">
          <span class="el">
            <b class="mid">{changing.value ?? name}</b>{' '}
            <span class="m sm only-w">{token === undefined ? '' : about}</span>
          </span>
          <span class={isEnded ? 'xs el vt' : `xs el ${state === 'soon' ? 's b' : 'm'}`}>
            {token === undefined ? 'no token' : kindOf(caller.value)}
            {scopes.length > 0 && <span class="scn"> · {scopes.length} scopes</span>}
            {text !== '' && ' · '}
            {text.startsWith(ENDS) && <span class="only-w">{ENDS}</span>}
            {text.startsWith(ENDS) ? text.slice(ENDS.length) : text}
          </span>
        </span>
        {scopes.length > 0 && (
          <span class="sc only-w">
            {scopes.slice(0, 3).map((scope) => (
              <span class="tag mono" key={scope}>
                {scope}
              </span>
            ))}
            {scopes.length > 3 && <span class="tag">+{scopes.length - 3}</span>}
          </span>
        )}
        <Icon name="down" small />
        <span class="vh">, change the caller{refusal ? `; ${refusal.message}` : ''}</span>
      </button>
      <div class="menu" ref={menu} popover="auto" role="dialog" aria-label="Caller">
        {isOpen && <Menu onDone={close} />}
      </div>
    </>
  );
}

function Menu({ onDone }: { readonly onDone: () => void }) {
  const { wanted, token, refusal } = caller.value;
  const isEmulator = config.value?.emulator === true;
  return (
    <>
      <section>
        <div class="cap">
          <span>Become</span>
          <span>{isEmulator ? 'one click, no password here' : ''}</span>
        </div>
        <Persons onDone={onDone} />
      </section>
      {changing.value !== undefined && (
        <section class="row-f waiting" role="status">
          <span class="grow">{changing.value}…</span>
          <button type="button" class="btn sm" onClick={cancelChange}>
            Give up
          </button>
        </section>
      )}
      {callerError.value !== undefined && (
        <section>
          <div class="note v-err" role="alert">
            <Icon name="warn" />
            <span>{callerError.value}</span>
          </div>
        </section>
      )}
      {token !== undefined && <TokenSection />}
      {refusal && (
        <section>
          <div class="note v-auth">
            <Icon name="key" />
            <span>
              The server refuses this token. {refusal.message}. {refusal.cure}
            </span>
          </div>
        </section>
      )}
      {wanted?.kind.startsWith('oauth') && <ScopesSection wanted={wanted} />}
      <section class="only-n">
        <button type="button" class="btn sm quiet" onClick={switchTheme}>
          <Icon name="sun" small /> Light or dark
        </button>
      </section>
    </>
  );
}
