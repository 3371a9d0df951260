import { CopyButton, Segments } from '../parts/small.js';
import {
  become,
  caller,
  KINDS,
  life,
  people,
  renew,
  revoke,
  type Wanted,
} from '../state/caller.js';
import { knownScopes } from '../state/scopes.js';

/** Kind and life of the token. */
export function TokenSection() {
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

/** The scopes of the token, each of which can be granted or taken away. */
export function ScopesSection({ wanted }: { readonly wanted: Wanted }) {
  const names = [...new Set([...knownScopes(), ...(wanted.scopes ?? [])])].toSorted();
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
