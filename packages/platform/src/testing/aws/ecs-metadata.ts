import { createServer } from 'node:http';
import { closeServer, listen } from './json-service.js';
import type { EcsTask } from './ecs-task.js';

export interface TaskMetadata {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves version 4 of ECS's task metadata endpoint, `/v4/<taskId>/task`, for all tasks of a test. */
export async function startTaskMetadata(
  findTask: (taskId: string) => EcsTask | undefined,
): Promise<TaskMetadata> {
  const server = createServer((request, response) => {
    const [, taskId = ''] = /^\/v4\/([^/]+)\/task$/.exec(request.url ?? '') ?? [];
    const task = findTask(taskId)?.describe();
    response.writeHead(task === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(
      task &&
        JSON.stringify({
          Cluster: task.clusterArn,
          TaskARN: task.taskArn,
          Family: task.group.slice('family:'.length),
          DesiredStatus: task.desiredStatus,
          KnownStatus: task.lastStatus,
          LaunchType: task.launchType,
        }),
    );
  });
  return { url: await listen(server), close: () => closeServer(server) };
}
