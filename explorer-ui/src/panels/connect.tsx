import type { ComponentChildren } from 'preact';
import { Scroll } from '../parts/scroll.js';
import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../parts/icon.js';
import { Json } from '../parts/json.js';
import { CopyButton, Section, timeOf } from '../parts/small.js';
import { endpoint, server } from '../state/explorer.js';
import { runChecks, type Check, type Checked } from './checks.js';

/** How clients are connected, and what they see. */
export function ConnectPanel() {
  const url = server.value?.resource ?? endpoint.value;
  const name =
    (server.value?.name ?? 'server').replace(/[^\w.]+/g, '-').replace(/^-|-$/g, '') || 'server';
  return (
    <section class="screen con">
      <div class="col">
        <div class="head">
          <h1 class="el panel-title">Connect a client</h1>
          <span class="push" />
          <Command text={url} label="Copy the URL" />
        </div>
        <Scroll label="Clients">
          <ul class="cards">
            {recipes(name, url).map(({ title, note, text, children }) => (
              <li class="box card" key={title}>
                <div class="row-f">
                  <h2 class="el">{title}</h2>
                  <span class="push xs m">{note}</span>
                </div>
                <p class="sm s">{text}</p>
                <div class="go">{children}</div>
              </li>
            ))}
          </ul>
        </Scroll>
      </div>
      <Checks />
    </section>
  );
}

interface Recipe {
  readonly title: string;
  readonly note: string;
  readonly text: ComponentChildren;
  readonly children: ComponentChildren;
}

/** The recipes of docs/connect.md. */
function recipes(name: string, url: string): readonly Recipe[] {
  const json = JSON.stringify({ mcpServers: { [name]: { url } } });
  const cursor = new URLSearchParams({ name, config: btoa(JSON.stringify({ url })) });
  const code = encodeURIComponent(JSON.stringify({ name, type: 'http', url }));
  const claude = new URLSearchParams({ connectorName: name, connectorUrl: url });
  const command = (text: string) => <Command text={text} label="Copy the command" />;
  return [
    {
      title: 'Claude Code',
      note: 'command',
      text: (
        <>
          Signs in with <code>/mcp</code>, or <code>claude mcp login {name}</code>.
        </>
      ),
      children: command(`claude mcp add --transport http ${name} ${url}`),
    },
    {
      title: 'Cursor',
      note: 'one click',
      text: 'Asks for a sign-in when it connects, and only then.',
      children: (
        <>
          <a class="btn" href={`cursor://anysphere.cursor-deeplink/mcp/install?${cursor}`}>
            Add to Cursor
            <Icon name="ext" small />
          </a>
          <CopyButton text={json} label="Copy mcp.json">
            mcp.json
          </CopyButton>
        </>
      ),
    },
    {
      title: 'VS Code',
      note: 'one click',
      text: 'Asks whether the server may authenticate, and opens the browser.',
      children: (
        <>
          <a class="btn" href={`vscode:mcp/install?${code}`}>
            Add to VS Code
            <Icon name="ext" small />
          </a>
          <CopyButton
            text={JSON.stringify({ servers: { [name]: { type: 'http', url } } })}
            label="Copy .vscode/mcp.json"
          >
            mcp.json
          </CopyButton>
        </>
      ),
    },
    {
      title: 'Claude',
      note: 'by hand',
      text: 'Customize, Connectors, Add custom connector. Needs a public URL.',
      children: (
        <a
          class="btn"
          target="_blank"
          rel="noopener noreferrer"
          href={`https://claude.ai/customize/connectors?modal=add-custom-connector&${claude}`}
        >
          Open Claude
          <Icon name="ext" small />
        </a>
      ),
    },
    {
      title: 'ChatGPT',
      note: 'by hand',
      text: 'Settings, Connectors, Advanced, developer mode; then Create. Needs a public URL.',
      children: <Command text={url} label="Copy the URL" />,
    },
    {
      title: 'Codex',
      note: 'command',
      text: 'Finds the authorization server and opens the browser at once.',
      children: command(`codex mcp add ${name} --url ${url}`),
    },
    {
      title: 'Gemini CLI',
      note: 'command',
      text: (
        <>
          Then, in a session: <code>/mcp auth {name}</code>.
        </>
      ),
      children: command(`gemini mcp add --scope user --transport http ${name} ${url}`),
    },
    {
      title: 'MCP Inspector',
      note: 'command',
      text: 'The official one. Needs Node 22 or later.',
      children: command(`npx @modelcontextprotocol/inspector --transport http --server-url ${url}`),
    },
    {
      title: 'Clients that know stdio only',
      note: 'file',
      text: 'mcp-remote signs in and passes everything on.',
      children: (
        <Command
          text={JSON.stringify({
            mcpServers: { [name]: { command: 'npx', args: ['-y', 'mcp-remote', url] } },
          })}
          label="Copy the configuration"
        />
      ),
    },
  ];
}

function Command({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <div class="cmd">
      <code
        tabIndex={0}
        role="textbox"
        aria-readonly="true"
        aria-label={label.replace(/^Copy /, '')}
      >
        {text}
      </code>
      <CopyButton text={text} label={label} />
    </div>
  );
}

const WORDS = { ok: 'ok', warn: 'warn', fail: 'fail' } as const;
const VERDICTS = { ok: 'ok', warn: 'scope', fail: 'deny' } as const;
const ICONS = { ok: 'check', warn: 'warn', fail: 'x' } as const;

function Checks() {
  const [checked, setChecked] = useState<Checked | undefined>(undefined);
  const check = (): void => {
    setChecked(undefined);
    void runChecks().then(setChecked);
  };
  useEffect(check, [server.value?.path]);
  const count = (state: Check['state']): number =>
    checked?.checks.filter((one) => one.state === state).length ?? 0;
  return (
    <div class="col">
      <div class="head">
        <h2>What a client sees</h2>
        <span class="push xs m" role="status">
          {checked ? `checked ${timeOf(checked.at)}` : 'checking…'}
        </span>
        <button type="button" class="btn sm" disabled={!checked} onClick={check}>
          <Icon name="again" small />
          Check
        </button>
      </div>
      <Scroll label="Checks">
        <div class="row-f sm counts">
          <span class="v-ok vt">{count('ok')} ok</span>
          <span class="v-scope vt">
            {count('warn')} {count('warn') === 1 ? 'warning' : 'warnings'}
          </span>
          <span class="v-deny vt">{count('fail')} failed</span>
        </div>
        <ul>
          {checked?.checks.map(({ state, title, text }) => (
            <li class={`chk v-${VERDICTS[state]}`} key={title}>
              <Icon name={ICONS[state]} />
              <span>{title}</span>
              <span class="xs vt">{WORDS[state]}</span>
              <p>{text}</p>
            </li>
          ))}
        </ul>
        {checked && (
          <>
            <Section title="Resource metadata" note="as the client sees it" open>
              <Json value={checked.resourceMetadata ?? 'none'} label="Resource metadata" />
            </Section>
            <Section
              title="Authorization server metadata"
              note="of Clerk, as this server passes it on"
            >
              <Json
                value={checked.serverMetadata ?? 'none'}
                label="Authorization server metadata"
              />
            </Section>
          </>
        )}
      </Scroll>
    </div>
  );
}
