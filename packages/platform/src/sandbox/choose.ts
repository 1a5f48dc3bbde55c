import { openBubblewrap } from './bubblewrap.js';
import type { Machine } from './machine.js';
import { UNCONFINED, type Sandbox, type SandboxName } from './sandbox.js';
import { openSecondUser } from './second-user.js';

const KINDS: readonly {
  readonly name: SandboxName;
  readonly open: (machine: Machine) => Promise<Sandbox | string>;
}[] = [
  { name: 'bwrap', open: openBubblewrap },
  { name: 'uid', open: openSecondUser },
];

/**
 * The sandbox that was asked for; for `auto` the strongest that works here. Each is tried, not guessed. Rejects with an
 * error for people that says why none does, and what to do.
 */
export async function chooseSandbox(wanted: SandboxName | 'auto', machine: Machine): Promise<Sandbox> {
  if (wanted === 'none') return UNCONFINED;
  const problems: string[] = [];
  for (const { name, open } of KINDS) {
    if (wanted !== 'auto' && wanted !== name) continue;
    const opened = await open(machine);
    if (typeof opened !== 'string') return opened;
    problems.push(`  ${name}: ${opened}`);
  }
  const which = wanted === 'auto' ? 'No sandbox works here' : `The sandbox ${wanted} does not work here`;
  const advice = 'OUTPOST_SANDBOX=none runs agents as this user, with all that it may do.';
  throw new Error(`${which}:\n${problems.join('\n')}\n${advice}`);
}

/** Every kind of sandbox, the strongest first: whether it works here, or why not, for people. */
export async function trySandboxes(
  machine: Machine,
): Promise<readonly { readonly name: SandboxName; readonly problem: string | undefined }[]> {
  const tries = [];
  for (const { name, open } of KINDS) {
    const opened = await open(machine);
    tries.push({ name, problem: typeof opened === 'string' ? opened : undefined });
  }
  return tries;
}
