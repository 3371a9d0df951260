import { useState } from 'preact/hooks';
import { CloseButton, Segments } from '../parts/small.js';
import { go, server } from '../state/explorer.js';
import { added, loadMatrix } from '../state/matrix.js';

let lastId = 0;

/** Makes up a caller: what a token of this kind, with these rights, may do. It never calls anything. */
export function StatedEditor() {
  const [name, setName] = useState('Somebody');
  const [tokenType, setTokenType] = useState('oauth_token');
  const [scopes, setScopes] = useState('');
  const [organization, setOrganization] = useState('');
  const [role, setRole] = useState('org:member');
  const [permissions, setPermissions] = useState('');
  const [features, setFeatures] = useState('');
  const [plans, setPlans] = useState('');
  const [verified, setVerified] = useState('');
  const [isActed, setActed] = useState(false);
  const add = (): void => {
    const inOrganization = organization.trim() !== '';
    const owned = (text: string) => ({ organization: words(text), user: words(text) });
    const minutes = Number(verified);
    const stated = {
      tokenType,
      ...(tokenType.startsWith('oauth') || tokenType === 'api_key' || scopes.trim()
        ? { scopes: words(scopes) }
        : {}),
      ...(inOrganization && {
        organization: {
          id: organization.trim(),
          slug: organization.trim(),
          ...(role.trim() && { role: role.trim() }),
          permissions: words(permissions),
        },
      }),
      ...(features.trim() && { features: owned(features) }),
      ...(plans.trim() && { plans: owned(plans) }),
      ...(verified.trim() && Number.isInteger(minutes) && { factorAges: [minutes, minutes] }),
      ...(isActed && { actor: 'user_actor' }),
    };
    lastId += 1;
    const about = `made up · ${tokenType.replaceAll('_', ' ')}`;
    added.value = [
      ...added.value,
      { id: `stated-${lastId}`, name: name.trim() || 'Somebody', about, stated },
    ];
    void loadMatrix();
    go('access');
  };
  return (
    <>
      <div class="head">
        <h2 class="el">A made-up caller</h2>
        <span class="push" />
        <CloseButton onClose={() => go('access')} />
      </div>
      <form
        class="scroll grow form one"
        aria-label="A made-up caller"
        onSubmit={(event) => {
          event.preventDefault();
          add();
        }}
      >
        <Line label="name" value={name} onInput={setName} />
        <div class="f" role="group" aria-label="Kind of token">
          <div class="lb">
            <span class="nm">token</span>
          </div>
          <Segments
            fill
            label="Kind of token"
            choices={[
              { value: 'oauth_token', label: 'OAuth' },
              { value: 'session_token', label: 'session' },
              { value: 'api_key', label: 'API key' },
              { value: 'm2m_token', label: 'machine' },
            ]}
            value={tokenType}
            onChange={setTokenType}
          />
        </div>
        <Line
          label="scopes"
          type="separated by spaces"
          value={scopes}
          onInput={setScopes}
          help={`This server knows ${server.value?.scopes.join(' ') ?? ''}`}
        />
        <Line
          label="organization"
          type="slug or id"
          value={organization}
          onInput={setOrganization}
        />
        {organization.trim() !== '' && (
          <>
            <Line label="role" value={role} onInput={setRole} />
            <Line
              label="permissions"
              type="separated by spaces"
              value={permissions}
              onInput={setPermissions}
              help="Such as org:notes:share"
            />
          </>
        )}
        <Line label="features" type="separated by spaces" value={features} onInput={setFeatures} />
        <Line label="plans" type="separated by spaces" value={plans} onInput={setPlans} />
        <Line
          label="verified"
          type="minutes ago"
          value={verified}
          onInput={setVerified}
          help="-1 for never; empty if the token does not say it"
        />
        <label class="f sw">
          <input
            type="checkbox"
            checked={isActed}
            onChange={(event) => setActed(event.currentTarget.checked)}
          />
          <span>impersonated by somebody</span>
        </label>
        <div class="f">
          <button type="submit" class="btn pri">
            Decide for this caller
          </button>
        </div>
      </form>
    </>
  );
}

function words(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

function Line({
  label,
  type = '',
  value,
  help = '',
  onInput,
}: {
  readonly label: string;
  readonly type?: string;
  readonly value: string;
  readonly help?: string;
  readonly onInput: (value: string) => void;
}) {
  return (
    <div class="f">
      <div class="lb">
        <label for={`stated-${label}`}>{label}</label>
        <span class="ty">{type}</span>
      </div>
      <input
        id={`stated-${label}`}
        class="in"
        autocomplete="off"
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      {help !== '' && <p class="hp">{help}</p>}
    </div>
  );
}
