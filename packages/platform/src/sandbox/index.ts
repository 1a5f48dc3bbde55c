export { chooseSandboxes, trySandboxes, type ChosenSandboxes } from './choose.js';
export { openControlGroup, type ControlGroup } from './control-group.js';
export { openEgressProxy, type EgressPolicy, type EgressProxy } from './egress-proxy.js';
export type { Machine } from './machine.js';
export { programFiles } from './program-files.js';
export {
  UNCONFINED,
  type Confinement,
  type Entered,
  type Program,
  type Sandbox,
  type Sandboxes,
  type SandboxName,
} from './sandbox.js';
