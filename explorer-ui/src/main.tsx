import './jitless.js';
import { effect } from '@preact/signals';
import { render } from 'preact';
import { App } from './app.js';
import { passCodeOn } from './sign-in.js';
import { caller, loadPeople } from './state/caller.js';
import { config, endpoint, era, loadConfig, server } from './state/explorer.js';
import { loadMatrix } from './state/matrix.js';
import { connect } from './state/session.js';
import { startTheme } from './state/theme.js';
import './styles/all.css';

startTheme();

const root = document.getElementById('app');
if (passCodeOn()) {
  if (root) render(<p class="done">Signed in. This window can be closed.</p>, root);
} else {
  if (root) render(<App />, root);
  void start();
}

async function start(): Promise<void> {
  await loadConfig();
  await loadPeople();
  effect(() => {
    // Whatever a connection depends on.
    void [server.value, caller.value.token, era.value, endpoint.value];
    if (!config.value) return;
    const isLocked = config.value.needsSignIn && caller.value.token === undefined;
    // Not within the effect: what these read must not start them again.
    queueMicrotask(() => {
      if (!isLocked) void connect();
      void loadMatrix();
    });
  });
}
