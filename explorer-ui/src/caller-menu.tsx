import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from './parts/icon.js';
import { CopyButton, Segments } from './parts/small.js';
import {
  become,
  becomeAnonymous,
  caller,
  callerError,
  cancelChange,
  changing,
  KINDS,
  kindOf,
  life,
  people,
  renew,
  revoke,
  signInAs,
  fullName,
  type Wanted,
} from './state/caller.js';
import { config, server } from './state/explorer.js';
import { switchTheme } from './state/theme.js';
import { go } from './state/explorer.js';

/** Who the page is, always in view; it opens the menu that changes it. */
export function CallerButton() {
  const [isOpen, setOpen] = useState(false);
  const menu = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const { name, about, facts, refusal, token } = caller.value;
  const { text, state } = life.value;
  const scopes = facts?.scopes ?? [];
  useEffect(() => {
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
            {text !== '' && ` · ${text}`}
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

function Avatar({
  name,
  isAnonymous,
  isMachine = false,
}: {
  readonly name: string;
  readonly isAnonymous: boolean;
  readonly isMachine?: boolean;
}) {
  return (
    <span class={isMachine ? 'av sq' : 'av'} aria-hidden="true">
      {isAnonymous && <Icon name="lock" small />}
      {isMachine && <Icon name="robot" small />}
      {!isAnonymous && !isMachine && [...name][0]?.toUpperCase()}
    </span>
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

function Persons({ onDone }: { readonly onDone: () => void }) {
  const { users = [], machines = [], accepted = [] } = people.value ?? {};
  const { wanted, token, tokens, name } = caller.value;
  const kind = wanted && wanted.kind !== 'm2m_token' ? wanted.kind : 'oauth_jwt';
  const scopes = wanted?.scopes ?? defaultScopes();
  const pick = (next: Wanted): void => {
    void become(next).then((isDone) => isDone && onDone());
  };
  return (
    <div role="menu" aria-label="Become" onKeyDown={moveInMenu}>
      <Person
        name="Anonymous"
        about="no token"
        isAnonymous
        isCurrent={token === undefined}
        onPick={() => {
          becomeAnonymous();
          onDone();
        }}
      />
      <Person
        name={tokens ? name : 'You'}
        about={config.value?.emulator ? 'sign in with the emulator…' : 'sign in with Clerk…'}
        note="OAuth"
        isCurrent={tokens !== undefined}
        onPick={() => void signInAs().then((isDone) => isDone && onDone())}
      />
      {users.slice(0, 50).map((user) => {
        const { organization, emailAddress } = user;
        const about = organization
          ? `${organization.role.replace(/^org:/, '')} · ${organization.name}`
          : emailAddress;
        return (
          <Person
            key={user.id}
            name={fullName(user)}
            about={about}
            note={KINDS[kind]}
            isCurrent={wanted?.user === emailAddress}
            onPick={() =>
              pick({
                kind,
                user: emailAddress,
                ...(organization && { organization: organization.slug }),
                scopes: organization ? [...new Set([...scopes, ORGANIZATION])] : scopes,
              })
            }
          />
        );
      })}
      {accepted.includes('m2m_token') && (
        <Person
          name={machines[0]?.name ?? 'A machine'}
          about={machines[0]?.id ?? 'a new one'}
          note="M2M"
          isMachine
          isCurrent={wanted?.kind === 'm2m_token'}
          onPick={() =>
            pick({ kind: 'm2m_token', ...(machines[0] && { machine: machines[0].id }) })
          }
        />
      )}
      <Person
        name="Somebody made up…"
        about="roles, plans, age of the sign-in: in the matrix"
        isNew
        isCurrent={false}
        onPick={() => {
          go('access', 'new');
          onDone();
        }}
      />
    </div>
  );
}

const ORGANIZATION = 'user:org:read';

function defaultScopes(): readonly string[] {
  return (server.value?.scopes ?? []).filter((scope) => scope !== 'offline_access');
}

function moveInMenu(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const items = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('.mi')];
  const at = items.indexOf(document.activeElement as HTMLElement);
  items[(at + step + items.length) % items.length]?.focus();
}

function Person({
  name,
  about,
  note = '',
  isCurrent,
  isAnonymous = false,
  isMachine = false,
  isNew = false,
  onPick,
}: {
  readonly name: string;
  readonly about: string;
  readonly note?: string;
  readonly isCurrent: boolean;
  readonly isAnonymous?: boolean;
  readonly isMachine?: boolean;
  readonly isNew?: boolean;
  readonly onPick: () => void;
}) {
  return (
    <button type="button" class="mi" role="menuitemradio" aria-checked={isCurrent} onClick={onPick}>
      {isNew ? (
        <span class="av sq" aria-hidden="true">
          <Icon name="plus" small />
        </span>
      ) : (
        <Avatar name={name} isAnonymous={isAnonymous} isMachine={isMachine} />
      )}
      <span class="tx">
        <b class="mid el">{name}</b>
        <span class="el">{about}</span>
      </span>
      <span class="xs m">{note}</span>
      <span>{isCurrent && <Icon name="check" />}</span>
    </button>
  );
}

function TokenSection() {
  const { wanted, token = '', tokens } = caller.value;
  const accepted = people.value?.accepted ?? [];
  const kinds = (Object.keys(KINDS) as Wanted['kind'][]).filter(
    (kind) => kind !== 'm2m_token' && (accepted.includes(kind) || kind.startsWith('oauth')),
  );
  const isJwt = wanted?.kind === 'oauth_jwt';
  return (
    <section>
      <div class="cap">
        <span>Token</span>
        <span>{life.value.text}</span>
      </div>
      <div class="token">
        {wanted && wanted.kind !== 'm2m_token' && (
          <Segments
            fill
            label="Kind of token"
            choices={kinds.map((value) => ({ value, label: KINDS[value] }))}
            value={wanted.kind}
            onChange={(kind) => void become({ ...wanted, kind, state: 'valid' })}
          />
        )}
        <div class="row-f wrap">
          {(wanted ?? tokens) && (
            <button type="button" class="btn sm" onClick={() => void renew()}>
              Renew
            </button>
          )}
          {wanted && (
            <>
              <button
                type="button"
                class="btn sm"
                onClick={() => void become({ ...wanted, state: 'expired' })}
              >
                Use an expired one
              </button>
              <button
                type="button"
                class="btn sm"
                disabled={isJwt}
                title={isJwt ? 'Clerk does not revoke JWTs: they end by themselves' : undefined}
                onClick={() => void revoke()}
              >
                Revoke
              </button>
            </>
          )}
          <span class="push" />
          <CopyButton text={token} label="Copy the token">
            Copy
          </CopyButton>
        </div>
      </div>
    </section>
  );
}

function ScopesSection({ wanted }: { readonly wanted: Wanted }) {
  const names = [
    ...new Set([...defaultScopes(), ORGANIZATION, ...(wanted.scopes ?? [])]),
  ].toSorted();
  const granted = new Set(wanted.scopes);
  return (
    <section>
      <div class="cap">
        <span>Scopes</span>
        <span>a change mints a new token</span>
      </div>
      {names.map((scope) => (
        <label class="sw" key={scope}>
          <input
            type="checkbox"
            checked={granted.has(scope)}
            onChange={() => {
              const scopes = granted.has(scope)
                ? [...granted].filter((one) => one !== scope)
                : [...granted, scope];
              void become({ ...wanted, scopes, state: 'valid' });
            }}
          />
          <code>{scope}</code>
          <span class="xs m el">{people.value?.scopes[scope] ?? ''}</span>
        </label>
      ))}
    </section>
  );
}
