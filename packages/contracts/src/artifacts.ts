import { z } from 'zod';
import { LIMITS } from './limits.js';

/** What every worker leaves, by name; a run that failed early leaves fewer. */
export const ARTIFACTS = {
  'task.md': 'text/markdown; charset=utf-8',
  'context.json': 'application/json',
  'output.log': 'text/plain; charset=utf-8',
  'changes.patch': 'text/x-diff; charset=utf-8',
  'repo.bundle': 'application/x-git-bundle',
  'summary.json': 'application/json',
  'manifest.json': 'application/json',
} as const;
export type RunArtifactName = keyof typeof ARTIFACTS;

export const ARTIFACT_NAMES = Object.keys(ARTIFACTS) as [RunArtifactName, ...RunArtifactName[]];

/** A file that the agent left in `artifacts/`. */
export type AgentFileName = `artifacts/${string}`;
export type ArtifactName = RunArtifactName | AgentFileName;

const AGENT_FILE = /^artifacts(\/[A-Za-z0-9_.][A-Za-z0-9 _.+@=,()~-]*)+$/;

export const AgentFileNameSchema = z
  .string()
  .max(LIMITS.agentFileNameMaxCharacters)
  .regex(AGENT_FILE, 'must be artifacts/ and a path of letters, digits, blanks or _.+@=,()~-')
  .refine((name) => !/(^|\/)\.{1,2}(\/|$)/.test(name) && name.split('/').length <= 9, {
    error: 'must name a file, at most eight directories deep',
  })
  .meta({
    id: 'AgentFileName',
    description: 'A file that the agent left in artifacts/.',
  }) as unknown as z.ZodType<AgentFileName, string>;

export const ArtifactNameSchema = z
  .union([z.enum(ARTIFACT_NAMES), AgentFileNameSchema])
  .meta({ id: 'ArtifactName', example: 'changes.patch' });

/** Whether it came from the agent, and has a name that an artifact can have. */
export function isAgentFileName(name: string): name is AgentFileName {
  return AgentFileNameSchema.safeParse(name).success;
}

export const Sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);

export const ArtifactSchema = z
  .strictObject({
    name: z.string().meta({ description: 'changes.patch and the like; files of the agent: artifacts/…' }),
    sizeBytes: z.int().nonnegative(),
    contentType: z.string(),
    sha256: z
      .string()
      .optional()
      .meta({ description: 'Hex, as the worker computed it at its end; absent while it runs.' }),
    url: z.string().meta({ description: 'Downloads the artifact without a key until it expires.' }),
  })
  .meta({
    id: 'Artifact',
    example: {
      name: 'changes.patch',
      sizeBytes: 812,
      contentType: ARTIFACTS['changes.patch'],
      url: 'http://127.0.0.1:3000/artifacts/01K4ZJ8W2T6V0Q9S3R5X7Y1B2C/changes.patch?expires=1795438872',
    },
  });

export type Artifact = z.infer<typeof ArtifactSchema>;

export const ArtifactListSchema = z
  .strictObject({
    dispatchId: z.string(),
    artifacts: z.array(ArtifactSchema),
    expiresIn: z.int().meta({ description: 'Seconds until the URLs expire.' }),
  })
  .meta({ id: 'ArtifactList' });
export type ArtifactList = z.infer<typeof ArtifactListSchema>;
