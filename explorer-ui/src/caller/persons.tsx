import { Icon } from '../parts/icon.js';
import {
  become,
  becomeAnonymous,
  caller,
  fullName,
  KINDS,
  people,
  signInAs,
  type Wanted,
} from '../state/caller.js';
import { config, go } from '../state/explorer.js';
import { defaultScopes, ORGANIZATION_SCOPE } from '../state/scopes.js';
import { Avatar } from './avatar.js';

/** Whom the page can become by one click. */
export function Persons({ onDone }: { readonly onDone: () => void }) {
  const { users = [], machines = [], accepted = [] } = people.value ?? {};
  const { wanted, token, tokens, name } = caller.value;
  const kind = wanted && wanted.kind !== 'm2m_token' ? wanted.kind : 'oauth_jwt';
  const scopes = wanted?.scopes ?? defaultScopes();
  const signInWith = config.value?.emulator ? 'sign in with the emulator…' : 'sign in with Clerk…';
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
        name="You"
        about={tokens ? name : signInWith}
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
                scopes: organization ? [...new Set([...scopes, ORGANIZATION_SCOPE])] : scopes,
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
