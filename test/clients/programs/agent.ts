import type { ClientHandle, ClientUse } from '../client-driver.js';
import { ScriptedModel, toolOf, type Ask } from './scripted-model.js';

/** Why a client that calls listed tools only never needs more scopes. */
export const NOT_LISTED =
  'calls listed tools only, and a tool is listed once its scopes are granted';

/** An agent whose model is scripted: it has no account at a vendor of models. */
export abstract class Agent implements ClientHandle {
  protected readonly model: ScriptedModel;

  /** @param pause what the model calls until the agent has connected, if the agent does not wait for that. */
  constructor(
    protected readonly use: ClientUse,
    pause?: Ask,
  ) {
    const isOver = (offered: readonly string[]) => offered.some((name) => this.isOfServer(name));
    this.model = new ScriptedModel(use.log, pause && { ask: pause, isOver });
  }

  abstract signIn(): Promise<void>;

  /** Gives the agent a task. The model decides what it does. */
  protected abstract prompt(): Promise<void>;

  /** Whether a tool that the agent offers to its model is one of the server's. */
  protected abstract isOfServer(offered: string): boolean;

  async list(): Promise<readonly string[]> {
    this.model.expect();
    await this.prompt();
    return this.model.offered.filter((name) => this.isOfServer(name)).map(toolOf);
  }

  async call(tool: string, input: Readonly<Record<string, unknown>>): Promise<string> {
    this.model.expect({ tool, input });
    await this.prompt();
    return this.model.result();
  }

  async close(): Promise<void> {
    await this.model.stop();
  }
}
