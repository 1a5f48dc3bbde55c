import { z } from 'zod';
import { ErrorCodeSchema, ErrorDetailSchema } from './errors.js';
import { LIMITS } from './limits.js';
import { DispatchIdSchema, TimestampSchema } from './primitives.js';
import { BranchSchema } from './repository.js';

/** Besides being a branch name at all: what git or a host would take for something else. */
export const PromotionBranchSchema = BranchSchema.refine((name) => !/^(HEAD$|refs\/)/.test(name), {
  error: 'must be the name of a branch, without refs/heads/ and not HEAD',
}).refine((name) => !/^[0-9a-f]{40}$/i.test(name), { error: 'must not look like the id of a commit' });

// oxlint-disable-next-line no-control-regex -- a title is one line, whoever reads it
const CONTROL = /[\u0000-\u001f\u007f]/;

/** A file or a directory of the repository, as git names it. */
export const RepositoryPathSchema = z
  .string()
  .min(1)
  .max(4_096)
  .refine((path) => !path.includes('\0') && !path.startsWith('/'), {
    error: 'must be relative to the root of the repository',
  })
  .refine((path) => path.replace(/\/$/, '').split('/').every(isInside), {
    error: 'must stay inside the repository: no empty part, no . or .., and not .git',
  })
  .meta({ example: 'src/cart.ts' });

function isInside(part: string): boolean {
  return part !== '' && part !== '.' && part !== '..' && part.toLowerCase() !== '.git';
}

const settings = {
  branch: PromotionBranchSchema.meta({
    description: 'Where it is pushed to; default: `outpost/<dispatchId>`.',
    example: 'feature/empty-cart',
  }),
  base: PromotionBranchSchema.meta({
    description: 'What it is applied onto, as that is now; default: the branch of the dispatch.',
  }),
  title: z
    .string()
    .max(LIMITS.promotionTitleMaxCharacters)
    .refine((title) => title.trim() !== '' && !CONTROL.test(title), { error: 'must be one line of text' })
    .meta({ description: 'Of the commit and the pull request; default: the first line of the task.' }),
  body: z.string().max(LIMITS.promotionBodyMaxCharacters).meta({
    description: 'Put before what Outpost says in the pull request.',
  }),
  paths: z
    .array(RepositoryPathSchema)
    .min(1)
    .max(LIMITS.promotionPathsMax)
    .meta({ description: 'Only these files and directories of the change; a rename is two paths.' }),
  createPr: z.boolean().meta({ description: 'Whether to open or update a pull request; default: true.' }),
  draft: z.boolean().meta({ description: 'Whether the pull request is a draft; default: false.' }),
  evenIfIncomplete: z.boolean().meta({
    description: 'Also of a dispatch that is FAILED, TIMEOUT or CANCELLED; default: false.',
  }),
  allowSecretsIn: z.array(RepositoryPathSchema).min(1).max(LIMITS.promotionPathsMax).meta({
    description:
      'Files in which what only looks like a secret is let through. A value that Outpost knows as one never is.',
  }),
};

/** The body of `POST /promote`. */
export const PromoteSchema = z
  .strictObject({
    dispatchId: DispatchIdSchema,
    branch: settings.branch.optional(),
    base: settings.base.optional(),
    title: settings.title.optional(),
    body: settings.body.optional(),
    paths: settings.paths.optional(),
    createPr: settings.createPr.optional(),
    draft: settings.draft.optional(),
    evenIfIncomplete: settings.evenIfIncomplete.optional(),
    allowSecretsIn: settings.allowSecretsIn.optional(),
  })
  .meta({ id: 'Promote', description: 'Which change goes where.' });
export type Promote = z.infer<typeof PromoteSchema>;

/** `promote` in the body of `POST /dispatch`: what is to be done once it has completed with a change. */
export const PromoteAheadSchema = z
  .strictObject({
    branch: settings.branch.optional(),
    base: settings.base.optional(),
    title: settings.title.optional(),
    paths: settings.paths.optional(),
    createPr: settings.createPr.optional(),
    draft: settings.draft.optional(),
  })
  .meta({
    id: 'PromoteAhead',
    description:
      'Promotes the change when the dispatch completes with one. That it can be pushed is checked first.',
  });
export type PromoteAhead = z.infer<typeof PromoteAheadSchema>;

export const PROMOTION_STATUSES = ['WAITING', 'RUNNING', 'COMPLETED', 'FAILED', 'SKIPPED'] as const;

export const PromotionFailureSchema = z
  .strictObject({
    code: ErrorCodeSchema,
    message: z.string(),
    details: z.array(ErrorDetailSchema).optional(),
  })
  .meta({ id: 'PromotionFailure', description: 'Why the last attempt did not succeed.' });
export type PromotionFailure = z.infer<typeof PromotionFailureSchema>;

/** One dispatch on one branch. */
export const PromotionSchema = z
  .strictObject({
    dispatchId: DispatchIdSchema,
    branch: z.string(),
    base: z.string(),
    status: z.enum(PROMOTION_STATUSES).meta({
      description: 'WAITING for the end of its dispatch; SKIPPED when that had nothing to promote.',
    }),
    isAhead: z.boolean().meta({ description: 'Asked for with the dispatch, and not by POST /promote.' }),
    title: z.string().optional(),
    paths: z.array(z.string()).optional(),
    commit: z.string().optional().meta({ description: 'What was pushed.' }),
    baseCommit: z.string().optional().meta({ description: 'The commit of the base that it stands on.' }),
    isRebased: z.boolean().optional().meta({
      description: 'Whether the base had moved since the dispatch began.',
    }),
    filesChanged: z.int().nonnegative().optional(),
    url: z
      .string()
      .optional()
      .meta({ description: 'The branch, where its host shows one; else the repository.' }),
    prUrl: z.string().optional(),
    prNumber: z.int().positive().optional(),
    isDraft: z.boolean().optional(),
    note: z.string().optional().meta({ description: 'Why there is no pull request.' }),
    failure: PromotionFailureSchema.optional(),
    createdAt: TimestampSchema,
    updatedAt: TimestampSchema,
  })
  .meta({ id: 'Promotion', description: 'A dispatch on a branch, and its pull request.' });
export type Promotion = z.infer<typeof PromotionSchema>;

/** What POST /promote answers: it was pushed. */
export const PromotedSchema = PromotionSchema.required({ commit: true, url: true }).meta({
  id: 'Promoted',
  description: 'What was pushed, and its pull request.',
});
export type Promoted = z.infer<typeof PromotedSchema>;

/** The branch of a dispatch when no other is named. */
export function promotionBranch(dispatchId: string): string {
  return `outpost/${dispatchId}`;
}
