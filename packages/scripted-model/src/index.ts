export type { ScriptedAgent } from './dialects.js';
export { startScriptedModel, type ModelRequest, type ScriptedModel } from './scripted-model.js';
export type {
  FailScript,
  RunScript,
  SayScript,
  ScriptedFile,
  ScriptedUsage,
  ShellScript,
} from './scripts.js';
