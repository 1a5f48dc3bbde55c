import type { z } from 'zod';
import type { AuditAction } from './audit.js';
import type { ErrorCode } from './errors.js';
import type { Scope } from './scopes.js';

export interface RouteResponse {
  readonly description: string;
  /** Of the JSON body; absent where the answer has none. */
  readonly schema?: z.ZodType;
  /** What the body may be, where it is no JSON of ours. */
  readonly contentTypes?: readonly string[];
  /** Where the schema's own does not show what this answer is. */
  readonly example?: unknown;
  /** With `Accept: text/event-stream` the answer is a stream instead, such as this one. */
  readonly eventStream?: string;
  /** By name. */
  readonly headers?: Readonly<Record<string, { readonly description: string }>>;
}

/** One operation of the API. The table feeds routing, authorisation, validation and OpenAPI. */
export interface RouteDefinition {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** With `:name` parameters. */
  readonly path: string;
  /** `public` needs no key; `signed` a signature in the query; `operator` an admin key of tenant `default`. */
  readonly access: Scope | 'public' | 'signed' | 'operator';
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly header?: z.ZodObject;
  readonly json?: z.ZodType;
  readonly responses: Readonly<Record<number, RouteResponse>>;
  /** As what a call is recorded. Every route that changes something has one. */
  readonly audit?: AuditAction;
  /** Errors besides those that every route of its access can answer. */
  readonly errors?: readonly ErrorCode[];
}
