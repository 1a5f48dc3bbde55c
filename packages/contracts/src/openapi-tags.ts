interface Tag {
  readonly name: string;
  readonly description: string;
}

const DISPATCHES = {
  name: 'Dispatches',
  description: 'A task, given to one agent: from its acceptance to its end.',
};
const ARTIFACTS = {
  name: 'Artifacts',
  description: 'What a dispatch left: its patch, its log, a summary.',
};
const DOCUMENTATION = { name: 'Documentation', description: 'This API, described.' };

/** What an operation is about, by the first part of its path. */
const TAGS: Readonly<Record<string, Tag>> = {
  dispatch: DISPATCHES,
  runs: DISPATCHES,
  artifacts: ARTIFACTS,
  'manifest-key': ARTIFACTS,
  promote: { name: 'Promotion', description: 'From a patch to a branch and a pull request.' },
  'context-documents': { name: 'Context', description: 'What a tenant tells all its agents.' },
  workspaces: { name: 'Workspaces', description: 'What persistent dispatches go on in.' },
  fleet: { name: 'Fleet', description: 'The agents: what can run, and what cannot and why.' },
  'api-keys': { name: 'API keys', description: 'Who may call, and for what.' },
  webhooks: { name: 'Webhooks', description: 'What Outpost tells other systems.' },
  audit: { name: 'Audit', description: 'What was done, by whom, and what was denied.' },
  usage: { name: 'Usage', description: 'What dispatches came to, and what they may.' },
  tenants: { name: 'Tenants', description: 'Whom the fleet serves, for its operator.' },
  metrics: { name: 'Metrics', description: 'The fleet in numbers, for Prometheus.' },
  health: { name: 'Health', description: 'For orchestrators and load balancers.' },
  'openapi.json': DOCUMENTATION,
  docs: DOCUMENTATION,
};

/** The linter asks for what a part of the API is about that is not in the table. */
export function tagOf(path: string): Tag {
  const part = path.split('/')[1] ?? '';
  return TAGS[part] ?? { name: part, description: '' };
}

/** Those of all these paths, in the order of the table: what a reader comes for is first. */
export function tagsOf(paths: readonly string[]): Tag[] {
  const used = new Map(paths.map(tagOf).map((tag) => [tag.name, tag]));
  const order = [...new Set(Object.values(TAGS).map(({ name }) => name)), ...used.keys()];
  return [...new Set(order)].flatMap((name) => used.get(name) ?? []);
}
