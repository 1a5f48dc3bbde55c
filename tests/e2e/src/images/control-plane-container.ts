import { Outpost, randomKey, type AwsSite, type ContainerEngine } from '@outpost/test-support';

interface ControlPlaneParams extends Pick<ContainerEngine, 'podman'> {
  readonly site: AwsSite;
  /** Of the container. */
  readonly name: string;
}

/** As its own image runs it, bounded as its task definition says, in the network of this machine. */
export async function startControlPlane({ podman, site, name }: ControlPlaneParams): Promise<Outpost> {
  const apiKey = randomKey();
  const certificates = site.gitEnv['GIT_SSL_CAINFO'];
  const env = {
    ...site.account.controlPlaneEnv,
    ...site.gitEnv,
    OUTPOST_EFS_MOUNT_DIR: '/mnt/workspaces',
    HOST: '127.0.0.1',
    PORT: '0',
    OUTPOST_BOOTSTRAP_API_KEY: apiKey,
    OUTPOST_RATE_LIMIT_PER_MINUTE: '0',
  };
  return Outpost.start({
    dataDir: site.directory,
    apiKey,
    command: [
      'podman',
      'run',
      '--rm',
      `--name=${name}`,
      '--network=host',
      '--no-healthcheck',
      '--read-only',
      '--read-only-tmpfs=false',
      '--cap-drop=all',
      '--security-opt=no-new-privileges',
      '--memory=1024m',
      '--cpus=0.5',
      `--volume=${certificates}:${certificates}:ro`,
      // By their names alone: their values are in the environment of podman.
      ...Object.keys(env).map((variable) => `--env=${variable}`),
      'localhost/outpost-control-plane:latest',
    ],
    env: { ...env, ...podman.env },
  });
}
