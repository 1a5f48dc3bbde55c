import { AGENT_NAMES, type AgentName } from '@outpost/contracts';
import { RemovalPolicy } from 'aws-cdk-lib';
import { Repository, TagMutability, TagStatus, type IRepository } from 'aws-cdk-lib/aws-ecr';
import { Construct } from 'constructs';

/** Enough to roll back to. */
const KEPT_IMAGES = 20;

const CONTROL_PLANE_REPOSITORY = 'outpost-control-plane';

function workerRepository(agent: AgentName): string {
  return `outpost-${agent}`;
}

interface RepositoriesProps {
  readonly isKept: boolean;
}

/** One for each image. A tag never means another image later: what ran before can be run again. */
export class Repositories extends Construct {
  constructor(scope: Construct, id: string, { isKept }: RepositoriesProps) {
    super(scope, id);
    for (const repositoryName of [CONTROL_PLANE_REPOSITORY, ...AGENT_NAMES.map(workerRepository)])
      new Repository(this, repositoryName, {
        repositoryName,
        imageScanOnPush: true,
        imageTagMutability: TagMutability.IMMUTABLE,
        removalPolicy: isKept ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
        emptyOnDelete: !isKept,
        lifecycleRules: [
          { description: 'Those to roll back to.', tagStatus: TagStatus.ANY, maxImageCount: KEPT_IMAGES },
        ],
      });
  }
}

/** The same, as another stack sees them. */
export class KnownRepositories extends Construct {
  readonly controlPlane: IRepository;
  readonly workers: Readonly<Record<AgentName, IRepository>>;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const named = (name: string) => Repository.fromRepositoryName(this, name, name);
    this.controlPlane = named(CONTROL_PLANE_REPOSITORY);
    const entries = AGENT_NAMES.map((agent) => [agent, named(workerRepository(agent))]);
    this.workers = Object.fromEntries(entries) as Record<AgentName, IRepository>;
  }
}
