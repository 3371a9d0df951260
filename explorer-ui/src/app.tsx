import { useEffect } from 'preact/hooks';
import { CallerButton } from './caller/caller-button.js';
import { Icon, type IconName } from './parts/icon.js';
import { EmptyState, Skeleton, timeOf } from './parts/small.js';
import { AccessPanel } from './panels/access.js';
import { ConnectPanel } from './panels/connect.js';
import { PromptsPanel } from './panels/prompts.js';
import { ResourcesPanel } from './panels/resources.js';
import { SignInFirst } from './panels/sign-in-first.js';
import { TasksPanel } from './panels/tasks.js';
import { ToolsPanel } from './panels/tools.js';
import { WirePanel } from './wire/wire.js';
import { caller, otherTab } from './state/caller.js';
import {
  config,
  endpoint,
  era,
  ERAS,
  hrefOf,
  loadConfig,
  route,
  server,
  showServer,
  startError,
  type Era,
} from './state/explorer.js';
import { connect, lists, serverTitle, session } from './state/session.js';
import { switchTheme } from './state/theme.js';
import { isRunning, tasks } from './state/tasks.js';
import { exchanges, offlineSince } from './state/wire.js';
import { questions } from './state/questions.js';

export function App() {
  useEffect(() => {
    document.title = `${serverTitle.value} · Explorer`;
  }, [serverTitle.value]);
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById('main')?.focus();
        }}
      >
        Skip to content
      </a>
      <div class="app">
        <TopBar />
        <Rail />
        <main class="main" id="main" tabIndex={-1}>
          <Banners />
          <Content />
        </main>
      </div>
    </>
  );
}

function TopBar() {
  const { servers = [] } = config.value ?? {};
  const { state } = session.value;
  const words = { connecting: 'connecting', connected: 'connected', failed: 'not connected' }[
    state
  ];
  const verdict = { connecting: 'info', connected: 'ok', failed: 'err' }[state];
  return (
    <header class="top">
      <div class="srv">
        <span class={`dot v-${verdict}`} role="img" aria-label={words} title={words} />
        {servers.length > 1 ? (
          <select
            class="in server"
            aria-label="MCP server"
            value={server.value?.path}
            onChange={(event) => showServer(event.currentTarget.value)}
          >
            {servers.map(({ path, title }) => (
              <option key={path} value={path}>
                {title} (/{path})
              </option>
            ))}
          </select>
        ) : (
          <b class="el">{serverTitle.value}</b>
        )}
        <label class="era only-w">
          <span class="vh">Protocol version</span>
          <select
            class="in"
            value={era.value}
            onChange={(event) => {
              era.value = event.currentTarget.value as Era;
            }}
          >
            {Object.entries(ERAS).map(([name, version]) => (
              <option key={name} value={name}>
                {version}
              </option>
            ))}
          </select>
        </label>
        <code class="m el url vtag">{endpoint.value}</code>
      </div>
      <CallerButton />
      <button
        type="button"
        class="btn ic quiet only-w"
        aria-label="Light or dark"
        title="Light or dark"
        onClick={switchTheme}
      >
        <Icon name="sun" />
      </button>
    </header>
  );
}

function Rail() {
  const { tools, resources, templates, prompts } = lists.value;
  return (
    <nav class="rail" aria-label="Explorer">
      <RailLink panel="tools" icon="tools" label="Tools" count={tools.length} />
      <RailLink
        panel="resources"
        icon="doc"
        label="Resources"
        count={resources.length + templates.length}
        optional
      />
      <RailLink panel="prompts" icon="prompt" label="Prompts" count={prompts.length} optional />
      <RailLink
        panel="tasks"
        icon="task"
        label="Tasks"
        count={tasks.value.filter(isRunning).length}
        optional
      />
      <hr />
      <RailLink panel="access" icon="grid" label="Access" />
      <RailLink panel="wire" icon="wire" label="Wire" count={exchanges.value.length} />
      <RailLink panel="connect" icon="plug" label="Connect" />
      <div class="foot xs">
        {config.value?.needsSignIn ? 'behind sign-in' : 'development only'}
        <br />
        tokens stay in memory
      </div>
    </nav>
  );
}

function RailLink({
  panel,
  icon,
  label,
  count = 0,
  optional = false,
}: {
  readonly panel: string;
  readonly icon: IconName;
  readonly label: string;
  readonly count?: number;
  readonly optional?: boolean;
}) {
  const isCurrent = route.value.panel === panel;
  return (
    <a
      href={hrefOf(panel)}
      class={optional ? 'opt' : undefined}
      aria-current={isCurrent ? 'page' : undefined}
    >
      <Icon name={icon} />
      <span>{label}</span>
      {count > 0 && <span class="c">{count}</span>}
    </a>
  );
}

/** What concerns the whole page. */
function Banners() {
  const waiting =
    questions.value.length > 0 && !['tools', 'prompts', 'resources'].includes(route.value.panel);
  return (
    <div role="status" class="banners">
      {offlineSince.value !== undefined && (
        <div class="ban v-err">
          <Icon name="off" />
          <span class="grow">
            The server cannot be reached since {timeOf(offlineSince.value)}. What is shown is older.
          </span>
          <button type="button" class="btn sm" onClick={() => void connect()}>
            Try again
          </button>
        </div>
      )}
      {otherTab.value !== undefined && (
        <div class="ban v-info">
          <Icon name="layers" />
          <span class="grow">
            Another tab is {otherTab.value}. This one stays {caller.value.name}.
          </span>
          <button
            type="button"
            class="btn sm"
            onClick={() => {
              otherTab.value = undefined;
            }}
          >
            Fine
          </button>
        </div>
      )}
      {waiting && (
        <div class="ban v-info">
          <Icon name="prompt" />
          <span class="grow">The server asks something.</span>
          <a class="btn sm" href={hrefOf('tools')}>
            Answer
          </a>
        </div>
      )}
    </div>
  );
}

function Content() {
  const before = beforePanels();
  if (before) {
    return (
      <>
        <h1 class="vh">{serverTitle.value}</h1>
        {before}
      </>
    );
  }
  return <Panel />;
}

/** What stands in the place of all panels: an error, the wait for the server, or a sign-in. */
function beforePanels() {
  if (startError.value) {
    return (
      <EmptyState
        icon={startError.value.status === 0 ? 'off' : 'warn'}
        verdict="err"
        title={
          startError.value.status === 0 ? 'The server does not answer' : 'The explorer was refused'
        }
        actions={
          <button type="button" class="btn pri" onClick={() => void loadConfig()}>
            <Icon name="again" small /> Try again
          </button>
        }
      >
        {startError.value.status === 0
          ? `Nothing answers at ${location.host}. Start the server, and try again.`
          : startError.value.message}
      </EmptyState>
    );
  }
  if (!config.value) return <Skeleton label="Loading the explorer" />;
  if (config.value.needsSignIn && caller.value.token === undefined) return <SignInFirst />;
  return undefined;
}

function Panel() {
  switch (route.value.panel) {
    case 'resources':
      return <ResourcesPanel />;
    case 'prompts':
      return <PromptsPanel />;
    case 'tasks':
      return <TasksPanel />;
    case 'access':
      return <AccessPanel />;
    case 'wire':
      return <WirePanel />;
    case 'connect':
      return <ConnectPanel />;
    default:
      return <ToolsPanel />;
  }
}
