import { z } from 'zod';
import { LIMITS } from './limits.js';
import { TimestampSchema } from './primitives.js';
import type { RouteDefinition } from './route-definition.js';

/** Sections of an agent's context that a tenant may write. A journal is a repository's own. */
export const CONTEXT_DOCUMENTS = ['SOUL', 'ANCHORS', 'PROFILE', 'ROADMAP'] as const;
export const ContextDocumentNameSchema = z.enum(CONTEXT_DOCUMENTS).meta({
  id: 'ContextDocumentName',
  description:
    'PROFILE: who the tenant is and how it wants work done, for all its dispatches. The others stand in where a repository has no such file.',
});
export type ContextDocumentName = z.infer<typeof ContextDocumentNameSchema>;

export const PutContextDocumentSchema = z
  .strictObject({
    content: z
      .string()
      .max(
        LIMITS.contextDocumentMaxCharacters,
        `must be at most ${LIMITS.contextDocumentMaxCharacters} characters: no level takes more`,
      )
      .refine((content) => content.trim() !== '' && !content.includes('\0'), {
        error: 'must be a text; DELETE takes a document away',
      })
      .meta({ example: 'TypeScript in strict mode. Small functions. Every change has a test.' }),
  })
  .meta({ id: 'PutContextDocument' });
export type PutContextDocument = z.infer<typeof PutContextDocumentSchema>;

export const ContextDocumentSchema = z
  .strictObject({ name: ContextDocumentNameSchema, content: z.string(), updatedAt: TimestampSchema })
  .meta({ id: 'ContextDocument', description: 'What a tenant has written for the context of its agents.' });
export type ContextDocument = z.infer<typeof ContextDocumentSchema>;

const documentParams = z.strictObject({ document: ContextDocumentNameSchema });
const DOCUMENT = { description: 'The document.', schema: ContextDocumentSchema } as const;

/** What a tenant has to say to all its agents. */
export const CONTEXT_ROUTES = {
  listContextDocuments: {
    method: 'get',
    path: '/context-documents',
    access: 'list',
    summary: 'What the tenant has written for the context of its agents.',
    responses: {
      200: {
        description: 'The documents.',
        schema: z.strictObject({ documents: z.array(ContextDocumentSchema) }),
      },
    },
  },
  getContextDocument: {
    method: 'get',
    path: '/context-documents/:document',
    access: 'list',
    summary: 'One of these documents.',
    params: documentParams,
    responses: { 200: DOCUMENT },
    errors: ['NOT_FOUND'],
  },
  putContextDocument: {
    method: 'put',
    path: '/context-documents/:document',
    access: 'admin',
    audit: 'context_document.put',
    summary: 'Writes one, or replaces it: for the dispatches that start from now on.',
    params: documentParams,
    json: PutContextDocumentSchema,
    responses: { 200: DOCUMENT },
  },
  deleteContextDocument: {
    method: 'delete',
    path: '/context-documents/:document',
    access: 'admin',
    audit: 'context_document.delete',
    summary: 'Deletes one. Answers with what it was.',
    params: documentParams,
    responses: { 200: DOCUMENT },
    errors: ['NOT_FOUND'],
  },
} as const satisfies Record<string, RouteDefinition>;
