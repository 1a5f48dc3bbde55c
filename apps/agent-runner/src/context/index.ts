export { buildContext } from './build.js';
export { composePrompt } from './render.js';
