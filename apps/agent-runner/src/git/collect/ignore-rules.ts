import { gitEnvironment, type GitHost } from '@outpost/platform/git';
import { execa } from 'execa';
import { mkdir, writeFile } from 'node:fs/promises';
import { bytesOf, childOf, placeOf, splitRecords, type RawPath } from '../raw-path.js';

/** For each path, `check-ignore -v` prints source, line, pattern and path. */
const FIELDS_PER_PATH = 4;
const PATTERN_FIELD = 2;

const ENDED = 'git check-ignore ended before it answered';

interface Question {
  readonly fields: number;
  readonly resolve: (fields: RawPath[]) => void;
  readonly reject: (error: Error) => void;
}

interface IgnoreRulesOptions {
  readonly host: GitHost;
  readonly snapshotDir: string;
  /** A directory of the runner's own, to be made. */
  readonly shadowDir: string;
  readonly signal: AbortSignal;
}

/**
 * Says what .gitignore files leave out, with git's own rules. Git sees a shadow of the work tree, of directories and
 * .gitignore files alone, so that nothing which the agent put there (a pipe, a link, another .git) is in its way.
 * One question at a time.
 */
export class IgnoreRules implements AsyncDisposable {
  readonly #options: IgnoreRulesOptions;
  #child: ReturnType<typeof startCheckIgnore> | undefined;
  #question: Question | undefined;
  #output: Buffer[] = [];
  #fields = 0;
  #ended = false;

  constructor(options: IgnoreRulesOptions) {
    this.#options = options;
  }

  /** Makes a directory known, before anything in it is asked about and after its parent. */
  async enter(
    directory: RawPath,
    rules: Buffer | undefined,
    subdirectories: readonly RawPath[],
  ): Promise<void> {
    const { shadowDir } = this.#options;
    await mkdir(placeOf(shadowDir, directory), { recursive: true });
    for (const name of subdirectories)
      await mkdir(placeOf(shadowDir, childOf(directory, name)), { recursive: true });
    const file = childOf(directory, '.gitignore' as RawPath);
    if (rules !== undefined) await writeFile(placeOf(shadowDir, file), rules);
  }

  /** Those of the paths that are ignored. */
  async ignored(paths: readonly RawPath[]): Promise<Set<RawPath>> {
    if (paths.length === 0) return new Set();
    this.#options.signal.throwIfAborted();
    const { stdin } = (this.#child ??= this.#start());
    if (this.#ended) throw new Error(ENDED);
    const fields = await new Promise<RawPath[]>((resolve, reject) => {
      this.#question = { fields: paths.length * FIELDS_PER_PATH, resolve, reject };
      // `./`, as a path that begins with a colon would be one with magic.
      stdin.write(Buffer.concat(paths.map((path) => bytesOf(`./${path}\0` as RawPath))));
    });
    return new Set(
      paths.filter((_path, index) => isIgnoring(fields[index * FIELDS_PER_PATH + PATTERN_FIELD])),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child?.stdin.end();
    await this.#child;
  }

  #start(): ReturnType<typeof startCheckIgnore> {
    const child = startCheckIgnore(this.#options);
    child.stdout.on('data', (chunk: Buffer) => this.#receive(chunk));
    // EPIPE: it has ended, and that is told below.
    child.stdin.on('error', () => undefined);
    void this.#tellOfEnd(child);
    return child;
  }

  async #tellOfEnd(child: ReturnType<typeof startCheckIgnore>): Promise<void> {
    const { stderr } = await child;
    this.#ended = true;
    this.#question?.reject(new Error(`${ENDED}: ${Buffer.from(stderr).toString('utf8')}`));
  }

  #receive(chunk: Buffer): void {
    this.#output.push(chunk);
    for (const byte of chunk) this.#fields += byte === 0 ? 1 : 0;
    const question = this.#question;
    if (question === undefined || this.#fields < question.fields) return;
    const fields = splitRecords(Buffer.concat(this.#output));
    this.#output = [];
    this.#fields = 0;
    this.#question = undefined;
    question.resolve(fields);
  }
}

// A rule that begins with `!` takes back an earlier one; no match at all is an empty field.
function isIgnoring(pattern: RawPath | undefined): boolean {
  return pattern !== undefined && pattern !== '' && !pattern.startsWith('!');
}

function startCheckIgnore({ host, snapshotDir, shadowDir, signal }: IgnoreRulesOptions) {
  return execa('git', ['check-ignore', '--stdin', '-z', '--verbose', '--non-matching', '--no-index'], {
    cwd: shadowDir,
    env: { ...gitEnvironment(host), GIT_DIR: snapshotDir, GIT_WORK_TREE: shadowDir },
    extendEnv: false,
    encoding: 'buffer',
    buffer: { stdout: false, stderr: true },
    cancelSignal: signal,
    killDescendants: true,
    reject: false,
  });
}
