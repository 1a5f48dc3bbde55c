import type { AgentName } from '@outpost/contracts';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { agentUserOf, mayChangeUser, type Machine } from '../machine.js';
import { RELAY, RUN_CONTAINER } from '../programs.js';
import type { ContainerRun } from '../run-container.js';
import type { Confinement, Entered, Program, RelayReport, Sandbox } from '../sandbox.js';
import { callSocketIn, containerOptions } from './container-options.js';
import { findEngine, messageOf, type Engine } from './engine.js';

const PRIVATE = 0o700;
const ENTERED_ONLY = 0o711;
const READABLE = 0o644;

/** Containers for agents, each from the image of its agent. */
export interface Containers {
  /** Unix socket of the engine. */
  readonly engine: string;
  readonly user: number | undefined;
  /** Why an agent cannot have one, for people. */
  problemOf(agent: AgentName): Promise<string | undefined>;
  sandboxOf(agent: AgentName): Sandbox;
  reap(dispatchId: string): Promise<void>;
}

interface Parts {
  readonly engine: Engine;
  readonly imageOf: (agent: AgentName) => string;
  /** Undefined where this process may not change users: then the agent runs as it does. */
  readonly user: number | undefined;
  readonly keepsUser: boolean;
}

/**
 * Agents in containers of the engine of this machine: they see the system of their image, read-only, their own
 * workspace, and no network but what the egress proxy lets through. Resolves with why there are none, for people.
 */
export async function openContainers(machine: Machine): Promise<Containers | string> {
  if (process.platform !== 'linux') return 'containers of agents are for Linux';
  const engine = await findEngine(machine.engine);
  if (typeof engine === 'string') return engine;
  const user = mayChangeUser() ? agentUserOf(machine) : undefined;
  const isRootless = user === undefined && (await engine.isRootless());
  if (isRootless && !(await engine.isPodman()))
    return `docker without root (${engine.socket}) cannot give a container files of its user: use podman, or docker with root`;
  const imageOf = (agent: AgentName): string => machine.images[agent] ?? imageNameOf(agent);
  const parts: Parts = { engine, imageOf, user, keepsUser: isRootless };
  return {
    engine: engine.socket,
    user,
    problemOf: async (agent) => problemOf(agent, machine, parts),
    sandboxOf: (agent) => sandboxOf(imageOf(agent), parts),
    reap: (dispatchId) => reap(engine, dispatchId),
  };
}

/** One name on podman and docker, and one that no registry can answer for. */
function imageNameOf(agent: AgentName): string {
  return `localhost/outpost-${agent}:latest`;
}

async function problemOf(
  agent: AgentName,
  { images }: Machine,
  { engine, imageOf }: Parts,
): Promise<string | undefined> {
  const image = imageOf(agent);
  try {
    if (await engine.hasImage(image)) return undefined;
  } catch (error) {
    return `The engine on ${engine.socket} does not answer: ${messageOf(error)}`;
  }
  const advice =
    images[agent] === undefined
      ? `Build it: npm run image -- ${agent}`
      : `Pull or build it; OUTPOST_AGENT_IMAGE_${agent.toUpperCase()} names it.`;
  return `There is no image ${image}. ${advice}`;
}

function sandboxOf(image: string, parts: Parts): Sandbox {
  return {
    name: 'container',
    user: parts.user,
    isolatesNetwork: true,
    boundsMemory: true,
    bringsCli: true,
    admit: async () => {},
    enter: (program, confinement) => enter(image, parts, program, confinement),
  };
}

async function enter(
  image: string,
  { engine, user, keepsUser }: Parts,
  program: Program,
  confinement: Confinement,
): Promise<Entered> {
  const { dispatchId, scratchDir, cwd } = confinement;
  // Of an attempt before this one, whose worker was killed.
  await reap(engine, dispatchId);
  const [uid, gid] = user === undefined ? [process.getuid?.() ?? 0, process.getgid?.() ?? 0] : [user, user];
  const passwd = join(scratchDir, 'passwd');
  await writeFile(passwd, `root:x:0:0::/:/bin/sh\nagent:x:${uid}:${gid}::${cwd}:/bin/sh\n`);
  await chmod(passwd, READABLE);
  const callDir = join(scratchDir, 'call');
  await mkdir(callDir, { mode: PRIVATE });
  await chmod(callDir, ENTERED_ONLY);
  const containerId = await engine.create(
    containerOptions({
      image,
      program,
      confinement,
      user: `${uid}:${gid}`,
      keepsUser,
      relay: RELAY,
      callDir,
      passwd,
    }),
  );
  const reportFile = join(scratchDir, 'report.json');
  const run: ContainerRun = {
    engine: engine.socket,
    containerId,
    callSocket: callSocketIn(callDir),
    reportFile,
  };
  return {
    file: process.execPath,
    args: [RUN_CONTAINER, JSON.stringify(run)],
    oomKills: () => oomKillsIn(reportFile),
    close: () => engine.remove(containerId),
  };
}

/** None, when it was killed before it could write of any. */
function oomKillsIn(reportFile: string): number {
  try {
    return (JSON.parse(readFileSync(reportFile, 'utf8')) as RelayReport).oomKills;
  } catch {
    return 0;
  }
}

async function reap(engine: Engine, dispatchId: string): Promise<void> {
  for (const id of await engine.containersOf(dispatchId)) await engine.remove(id);
}
