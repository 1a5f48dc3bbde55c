export { buildContext, type BuildContextParams } from './build.js';
export type { ContextDocument, ContextInjection, SectionName, Trimming } from './model.js';
export { composePrompt } from './render.js';
