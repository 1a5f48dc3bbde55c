/** What a user does, in the words of a script that any runtime runs. `{ OutpostClient, … }` is the package. */
export const SCENARIO = `async ({ OutpostClient, OutpostApiError, NotFoundError }, { baseUrl, apiKey, repo, task }) => {
  const outpost = new OutpostClient({ baseUrl, apiKey });
  const { agents } = await outpost.fleet();
  const created = outpost.dispatches.create({ agent: 'claude', task, repo });
  const { dispatchId } = await created;
  const lines = [];
  for await (const { text } of outpost.dispatches.followLogs(dispatchId)) lines.push(text);
  const { status } = await created.result({ pollIntervalMs: 100 });
  const listed = [];
  for await (const run of outpost.dispatches.list({ limit: 1 })) listed.push(run.dispatchId);
  const patch = await outpost.artifacts.patch(dispatchId);
  const error = await outpost.dispatches.get('01K4ZJ8W2T6V0Q9S3R5X7Y1B2C').catch((reason) => reason);
  const controller = new AbortController();
  const aborted = outpost.fleet({ signal: controller.signal }).catch((reason) => reason);
  controller.abort('enough');
  return {
    agents: agents.length,
    status,
    hasLine: lines.some((text) => text.includes('hello from the agent')),
    isListed: listed.includes(dispatchId),
    patch: patch.split('\\n')[0],
    error: [error instanceof NotFoundError, error instanceof OutpostApiError, error.code, typeof error.requestId],
    aborted: await aborted,
  };
}`;

/** What comes of it. */
export const EXPECTED = {
  agents: 5,
  status: 'COMPLETED',
  hasLine: true,
  isListed: true,
  patch: 'diff --git a/NOTES.md b/NOTES.md',
  error: [true, true, 'NOT_FOUND', 'string'],
  aborted: 'enough',
};

/** The scenario as a program that prints what came of it. */
export function programOf(load: string, params: object): string {
  return `${load}
const run = ${SCENARIO};
run(client, ${JSON.stringify(params)}).then((result) => console.log(JSON.stringify(result)));
`;
}
