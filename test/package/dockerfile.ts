import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, isAbsolute, join, posix } from 'node:path';
import { promisify } from 'node:util';
import { Copy, DockerfileParser, Env, type Instruction } from 'dockerfile-ast';

/** What a container of an image would be started with. */
export interface BuiltImage {
  /** The folder that is the working directory in the container. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cmd: readonly [string, ...string[]];
  readonly healthcheck: readonly [string, ...string[]];
  readonly user: string;
  remove(): Promise<void>;
}

/**
 * Executes the instructions of a Dockerfile in order, on this machine: each stage has a folder in place of its root,
 * and the images that stages begin with are left out. An instruction that it does not know is an error.
 *
 * @param context folder with what `.dockerignore` admits
 */
export async function buildImage(dockerfile: string, context: string): Promise<BuiltImage> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'image-'));
  const stages = new Map<string, Stage>();
  let stage = new Stage(folder, context, stages);
  for (const instruction of DockerfileParser.parse(dockerfile).getInstructions()) {
    if (instruction.getKeyword() === 'FROM') {
      stage = new Stage(join(folder, String(stages.size)), context, stages);
      stages.set(instruction.getArguments()[2]?.getValue() ?? '', stage);
    } else {
      await stage.execute(instruction);
    }
  }
  const { cwd, env, cmd, healthcheck, user } = stage;
  const remove = () => rm(folder, { recursive: true, force: true });
  return { cwd, env, cmd: command(cmd), healthcheck: command(healthcheck), user, remove };
}

/** The entries of `.dockerignore` that are admitted. The first one ignores everything. */
export async function admitted(file: string): Promise<readonly string[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => /^[^#]/.test(line));
  const [first, ...rest] = lines;
  if (first !== '*' || rest.some((line) => !/^![\w./-]+$/.test(line))) {
    throw new Error('.dockerignore is no list of what is admitted.');
  }
  return rest.map((line) => line.slice(1));
}

/** Copies what `.dockerignore` admits. */
export async function createContext(root: string): Promise<string> {
  const context = await mkdtemp(join(await realpath(tmpdir()), 'context-'));
  for (const entry of await admitted(join(root, '.dockerignore'))) {
    await cp(join(root, entry), join(context, entry), { recursive: true });
  }
  return context;
}

class Stage {
  readonly env: Record<string, string> = {};
  cmd: readonly string[] = [];
  healthcheck: readonly string[] = [];
  user = 'root';
  private workdir = '/';

  constructor(
    private readonly root: string,
    private readonly context: string,
    private readonly stages: ReadonlyMap<string, Stage>,
  ) {}

  get cwd(): string {
    return this.at(this.workdir);
  }

  async execute(instruction: Instruction): Promise<void> {
    const args = instruction.getArguments().map((argument) => argument.getValue());
    const text = instruction.getArgumentsContent() ?? '';
    switch (instruction.getKeyword()) {
      case 'WORKDIR':
        this.workdir = posix.resolve(this.workdir, args[0] ?? '');
        await mkdir(this.cwd, { recursive: true });
        break;
      case 'ENV':
        for (const property of (instruction as Env).getProperties()) {
          this.env[property.getName()] = property.getValue() ?? '';
        }
        break;
      case 'COPY':
        await this.copy(args, (instruction as Copy).getFromFlag()?.getValue());
        break;
      case 'RUN':
        await this.run(text);
        break;
      case 'USER':
        this.user = args[0] ?? '';
        break;
      case 'CMD':
        this.cmd = JSON.parse(text);
        break;
      case 'HEALTHCHECK':
        this.healthcheck = JSON.parse(/^CMD (\[.*\])$/s.exec(args.join(' '))?.[1] ?? text);
        break;
      case 'EXPOSE':
        break;
      default:
        throw new Error(`This test cannot execute ${instruction.getKeyword()}.`);
    }
  }

  private async copy(args: readonly string[], from: string | null | undefined): Promise<void> {
    const to = args.at(-1) ?? '';
    const stage = from ? this.stages.get(from) : undefined;
    if (from && !stage) throw new Error(`There is no stage ${from}.`);
    for (const source of args.slice(0, -1)) {
      const path = stage ? stage.at(source) : join(this.context, source);
      const target = this.at(posix.resolve(this.workdir, to));
      // A folder is copied by its content; a file into what ends with a slash.
      const isInto = to.endsWith('/') && !(await stat(path)).isDirectory();
      const file = isInto ? join(target, basename(source)) : target;
      await cp(path, file, { recursive: true, verbatimSymlinks: true });
    }
  }

  private async run(commandLine: string): Promise<void> {
    const cache = {
      npm_config_cache: process.env['npm_config_cache'],
      npm_config_prefer_offline: 'true',
    };
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], ...cache, ...this.env };
    const maxBuffer = 64 * 1024 * 1024;
    await promisify(execFile)('sh', ['-ec', commandLine], { cwd: this.cwd, env, maxBuffer });
  }

  private at(path: string): string {
    if (!isAbsolute(path)) throw new Error(`${path} is not absolute.`);
    return join(this.root, path);
  }
}

function command(parts: readonly string[]): readonly [string, ...string[]] {
  const [first, ...rest] = parts;
  if (first === undefined) throw new Error('The image has no such command.');
  return [first, ...rest];
}
