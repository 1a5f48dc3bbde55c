import { isBuiltin } from 'node:module';
import { fileURLToPath } from 'node:url';

const PREFIX = '\0builtin:';

/**
 * Modules of Node are got where they are used, each with what is used of it. An import would have Node load them all
 * before anything runs, read all that they export, and so load what `fetch` is made of: a quarter of what a start takes.
 */
const builtins = {
  name: 'builtins-where-used',
  resolveId(specifier: string, _importer: unknown, { kind }: { readonly kind?: string }): string | undefined {
    return kind === 'import-statement' && isBuiltin(specifier) ? `${PREFIX}${specifier}` : undefined;
  },
  load(id: string): { readonly code: string; readonly moduleSideEffects: false } | undefined {
    if (!id.startsWith(PREFIX)) return undefined;
    const get = `process.getBuiltinModule('${id.slice(PREFIX.length)}')`;
    const names = Object.keys(process.getBuiltinModule(id.slice(PREFIX.length)) ?? {});
    const lines = names
      .filter((name) => name !== 'default')
      .map((name) => `export const ${name} = /* @__PURE__ */ (() => builtin.${name})();`);
    return {
      code: [`const builtin = ${get};`, 'export default builtin;', ...lines].join('\n'),
      moduleSideEffects: false,
    };
  },
};

/**
 * How a program is made: one file, with all that it needs but Node. It starts in a third of the time that its modules
 * would take one by one, and an image needs nothing beside it.
 */
export const program = (name: string, entry: string) => ({
  entry: { [name]: entry },
  outDir: 'bundle',
  format: 'esm' as const,
  platform: 'node' as const,
  target: 'node24',
  tsconfig: false,
  dts: false,
  clean: false,
  fixedExtension: false,
  logLevel: 'error' as const,
  deps: { alwaysBundle: [/./], onlyBundle: false as const },
  outputOptions: { codeSplitting: false },
  inputOptions: {
    plugins: [builtins],
    // Of Dockerode: ways to a remote engine and to build images, which Outpost does not go.
    resolve: { alias: { ssh2: false, '@grpc/grpc-js': false, '@grpc/proto-loader': false } },
  },
});

/** What is started by its file for a sandbox, to lie beside whoever starts it; `resolve` is that package's own. */
export const sandboxPrograms = (resolve: (specifier: string) => string) =>
  ['relay', 'run-container'].map((name) =>
    program(name, fileURLToPath(resolve(`@outpost/platform/sandbox/${name}`))),
  );
