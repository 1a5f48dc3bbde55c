import { join } from 'node:path';

export interface AgentEnvironmentParams {
  /** Directories of executables, as PATH holds them. */
  readonly path: string;
  /** The agent's own HOME. Absolute. */
  readonly home: string;
  /** Absolute. */
  readonly tmpDir: string;
  /** `C.UTF-8` when absent. */
  readonly lang?: string | undefined;
}

/**
 * The base of an agent's environment: all that it gets from the machine. Whatever a tool keeps per user lies in the
 * agent's own HOME; nothing asks for input or paints colours. CI is left unset on purpose: with it, package managers
 * freeze lock files and test runners refuse to write snapshots, which is just what an agent may have been asked to do.
 */
export function agentEnvironment({
  path,
  home,
  tmpDir,
  lang,
}: AgentEnvironmentParams): Record<string, string> {
  return {
    PATH: path,
    HOME: home,
    TMPDIR: tmpDir,
    LANG: lang ?? 'C.UTF-8',
    TERM: 'dumb',
    NO_COLOR: '1',
    GIT_TERMINAL_PROMPT: '0',
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_CACHE_HOME: join(home, '.cache'),
    XDG_DATA_HOME: join(home, '.local', 'share'),
    XDG_STATE_HOME: join(home, '.local', 'state'),
  };
}
