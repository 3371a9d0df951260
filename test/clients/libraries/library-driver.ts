import { fileURLToPath } from 'node:url';
import type { ClientDriver, ClientHandle, ClientUse, Column, Era } from '../client-driver.js';
import { NotMeasurableError } from '../client-driver.js';
import type { RunningProgram } from '../drive/program.js';
import { freePort } from '../../support/free-port.js';
import { ANSWER, type Answer, type Order } from './library-messages.js';

/** What tells one library from another. */
export interface LibrarySettings {
  /** The file of this folder that serves the library. */
  readonly script: string;
  readonly eras: readonly Era[];
  /** The library never registers itself: an administrator creates its application. */
  readonly preRegistered?: true;
  /** Further variables of its process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cannot?: Partial<Readonly<Record<Column, string>>>;
}

/** Drives a library in a process of its own, on the Node that it needs. */
export function libraryDriver(settings: LibrarySettings): ClientDriver {
  const { script, eras, preRegistered = false, env = {}, cannot = {} } = settings;
  return {
    eras,
    cannot: {
      ...(preRegistered && {
        registration: 'never registers itself: needs an application of the dashboard',
      }),
      ...cannot,
    },
    async open(use) {
      const callback = `http://127.0.0.1:${await freePort()}/callback`;
      const clientId = preRegistered ? await use.createApplication([callback]) : '';
      const program = use.start(use.node, [fileURLToPath(new URL(script, import.meta.url))], {
        keepInput: true,
        env: { ...environmentOf(use, callback), CLIENT_ID: clientId, ...env },
      });
      const answers = new Answers(program);
      const nothing = await answers.first();
      if (nothing !== null) throw new NotMeasurableError(nothing);
      return handleOf(answers, program);
    },
  };
}

function handleOf(answers: Answers, program: RunningProgram): ClientHandle {
  return {
    async signIn() {
      const remark = await answers.to({ do: 'signIn' });
      return typeof remark === 'string' ? remark : undefined;
    },
    async list() {
      return (await answers.to({ do: 'list' })) as readonly string[];
    },
    async call(tool, input) {
      return (await answers.to({ do: 'call', tool, input })) as string;
    },
    async reconnect() {
      await answers.to({ do: 'reconnect' });
    },
    async close() {
      if (!program.exited) await answers.to({ do: 'close' }).catch(() => undefined);
    },
  };
}

function environmentOf(use: ClientUse, callback: string): Record<string, string> {
  return {
    MCP_URL: use.url,
    MCP_ERA: use.era,
    CLIENT_FOLDER: use.folder,
    CALLBACK_URL: callback,
    BROWSER_ENDPOINT: use.browser.endpoint,
  };
}

/** The answers of the process, one after the other. */
class Answers {
  constructor(private readonly program: RunningProgram) {}

  /** Why there is nothing to measure, if there is not. */
  async first(): Promise<string | null> {
    return (await this.#next()) as string | null;
  }

  async to(order: Order): Promise<string | readonly string[] | null> {
    this.program.write(`${JSON.stringify(order)}\n`);
    return this.#next();
  }

  async #next(): Promise<string | readonly string[] | null> {
    const [, line = ''] = await this.program.next(ANSWER_LINE, ANSWER_PATIENCE);
    const answer = JSON.parse(line) as Answer;
    if (answer.ok) return answer.value;
    throw new Error(answer.message);
  }
}

const ANSWER_LINE = new RegExp(`^${ANSWER}(.*)\n`, 'm');
/** The harness loses patience first. */
const ANSWER_PATIENCE = 600_000;
