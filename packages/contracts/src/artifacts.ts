import { z } from 'zod';

/** What every worker leaves, by name; a run that failed early leaves fewer. */
export const ARTIFACTS = {
  'task.md': 'text/markdown; charset=utf-8',
  'context.json': 'application/json',
  'output.log': 'text/plain; charset=utf-8',
  'changes.patch': 'text/x-diff; charset=utf-8',
  'repo.bundle': 'application/x-git-bundle',
  'summary.json': 'application/json',
} as const;
export type ArtifactName = keyof typeof ARTIFACTS;

export const ARTIFACT_NAMES = Object.keys(ARTIFACTS) as [ArtifactName, ...ArtifactName[]];
export const ArtifactNameSchema = z.enum(ARTIFACT_NAMES).meta({ id: 'ArtifactName' });

export const ArtifactSchema = z
  .strictObject({
    name: ArtifactNameSchema,
    sizeBytes: z.int().nonnegative(),
    contentType: z.string(),
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
