import { fileURLToPath } from 'node:url';

// Programs that are started by their file, so each has one of its own, beside this module: also where the bundle of an
// application has taken it in.

/** In front of the agent, inside a sandbox without a network. */
export const RELAY = fileURLToPath(new URL('./relay.js', import.meta.url));

/** Stands for the agent while that runs in a container. */
export const RUN_CONTAINER = fileURLToPath(new URL('./run-container.js', import.meta.url));
