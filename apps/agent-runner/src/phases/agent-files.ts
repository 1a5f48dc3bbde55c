import { isAgentFileName, LIMITS, type AgentFileName } from '@outpost/contracts';
import { mkdir, realpath, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { childOf, ContainedDirectory, ROOT, shown, type RawPath } from '../git/index.js';
import type { Redactor } from '../redaction/index.js';
import type { Workspace } from './workspace.js';

interface CollectFilesParams {
  readonly workspace: Pick<Workspace, 'root' | 'outbox'>;
  readonly redactor: Redactor;
  readonly signal: AbortSignal;
}

/**
 * Copies what the agent put in `artifacts/` to where it is uploaded from, secrets taken out. Follows no link. Resolves
 * with what was left out, for a person.
 */
export async function collectAgentFiles(params: CollectFilesParams): Promise<readonly string[]> {
  const files = new AgentFiles(params);
  const root = join(await realpath(params.workspace.root), 'artifacts');
  const pending = [ROOT];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    params.signal.throwIfAborted();
    pending.push(...(await files.takeFrom(root, path)));
    await nextTurn();
  }
  return files.warnings;
}

class AgentFiles {
  readonly warnings: string[] = [];
  readonly #params: CollectFilesParams;
  #count = 0;
  #bytes = 0;

  constructor(params: CollectFilesParams) {
    this.#params = params;
  }

  /** Resolves with the directories below it. */
  async takeFrom(root: string, path: RawPath): Promise<RawPath[]> {
    const opened = ContainedDirectory.open(root, path);
    if (typeof opened === 'string') {
      if (path !== ROOT) this.#leaveOut(path, `it is ${opened}`);
      return [];
    }
    using directory = opened;
    const below: RawPath[] = [];
    for (const { name, stat } of directory.entries().entries) {
      const child = childOf(path, name);
      if (stat.isDirectory()) below.push(child);
      else if (stat.isFile()) await this.#take(directory, name, child);
      else this.#leaveOut(child, 'it is no file');
    }
    return below;
  }

  async #take(directory: ContainedDirectory, name: RawPath, path: RawPath): Promise<void> {
    const { redactor, workspace } = this.#params;
    const artifact = this.#nameOf(path);
    if (artifact === undefined) return;
    const room = Math.min(LIMITS.agentFileMaxBytes, LIMITS.agentFilesMaxBytes - this.#bytes);
    const read = await directory.readFile(name, room);
    if ('problem' in read) return this.#leaveOut(path, `it is ${read.problem.replace('_', ' ')}`);
    const content = redactor.buffer(read.content) ?? read.content;
    this.#count += 1;
    this.#bytes += content.length;
    const target = join(workspace.outbox, artifact);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await writeFile(target, content, { mode: 0o600, flag: 'wx' });
  }

  #nameOf(path: RawPath): AgentFileName | undefined {
    const name = `artifacts/${path}`;
    if (!isAgentFileName(name))
      return this.#leaveOut(
        path,
        'its name is too long, or has other characters than letters, digits and _.+@=,()~-',
      );
    if (this.#params.redactor.text(name) !== name) return this.#leaveOut(path, 'its name holds a secret');
    if (this.#count < LIMITS.agentFilesMax) return name;
    return this.#leaveOut(path, `there are more than ${LIMITS.agentFilesMax} files`);
  }

  #leaveOut(path: RawPath, why: string): undefined {
    this.warnings.push(`Left out of the artifacts: artifacts/${shown(path)}, as ${why}.`);
  }
}
