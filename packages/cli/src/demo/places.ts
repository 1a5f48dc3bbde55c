import { join } from 'node:path';
import type { CliConfig } from '../config.js';

/** Where a demo leaves what. */
export interface Places {
  /** Everything; emptied at the start of each demo. */
  readonly demoDir: string;
  readonly repoDir: string;
  /** The clone in which patches are tried. */
  readonly checkDir: string;
  /** The artifacts, by agent. */
  readonly resultsDir: string;
  /** The data directory of the control plane. */
  readonly serverDir: string;
  readonly logFile: string;
}

export function placesOf({ dataDir }: Pick<CliConfig, 'dataDir'>): Places {
  const demoDir = join(dataDir, 'demo');
  return {
    demoDir,
    repoDir: join(demoDir, 'repo'),
    checkDir: join(demoDir, 'check'),
    resultsDir: join(demoDir, 'results'),
    serverDir: join(demoDir, 'server'),
    logFile: join(demoDir, 'control-plane.log'),
  };
}
