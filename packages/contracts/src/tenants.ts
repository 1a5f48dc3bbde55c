import { z } from 'zod';
import { HostPatternSchema } from './host-pattern.js';
import { LIMITS } from './limits.js';
import { TimestampSchema } from './primitives.js';

export const TenantIdSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_-]{0,62}$/,
    'must be a tenant id: 1 to 63 lower-case letters, digits, - or _, beginning with a letter or digit',
  )
  .meta({ id: 'TenantId', example: 'acme' });

/** Whose keys may manage all tenants, and is there from the beginning. */
export const OPERATOR_TENANT = 'default';

/** DynamoDB takes no number that is closer to zero than 1e-130, and nobody pays in less than these. */
const MIN_BUDGET_USD = 1e-9;
const NO_AMOUNT = `must be 0 or at least ${MIN_BUDGET_USD} US dollars`;

function isAmount(usd: number): boolean {
  return usd === 0 || usd >= MIN_BUDGET_USD;
}

/** What may be set for a tenant. What is not set is as the fleet has it. */
const settings = {
  name: z.string().min(1).max(100).meta({ description: 'For people.', example: 'ACME Inc.' }),
  maxConcurrent: z.int().min(1).max(10_000).meta({
    description: 'Dispatches that may hold a slot at once; else OUTPOST_MAX_CONCURRENT_PER_TENANT.',
  }),
  weight: z.number().min(0.01).max(100).meta({
    description: 'Of its share when many wait; else OUTPOST_TENANT_WEIGHTS.',
  }),
  requestsPerMinute: z.int().min(1).max(1_000_000).meta({
    description: 'Of each of its keys; else OUTPOST_RATE_LIMIT_PER_MINUTE.',
  }),
  monthlyBudgetUsd: z.number().min(0).max(1e9).refine(isAmount, NO_AMOUNT).meta({
    description: 'What its dispatches may cost in a calendar month (UTC); without it there is no limit.',
    example: 500,
  }),
  workspaceQuotaMb: z
    .int()
    .min(1)
    .max(LIMITS.workspaceQuotaMaxMb)
    .meta({ description: 'What each of its workspaces may take on disk; else OUTPOST_WORKSPACE_QUOTA_MB.' }),
  repositoryHosts: z
    .array(HostPatternSchema)
    .min(1)
    .max(100)
    .meta({
      description:
        'Hosts that its repositories may be on, of those of OUTPOST_REPOSITORY_HOSTS; else all of these.',
      example: ['github.com'],
    }),
};

export const TenantSchema = z
  .strictObject({
    tenantId: TenantIdSchema,
    status: z
      .enum(['active', 'suspended'])
      .meta({ description: 'The keys of a suspended tenant are refused, and nothing of it starts.' }),
    name: settings.name.optional(),
    maxConcurrent: settings.maxConcurrent.optional(),
    weight: settings.weight.optional(),
    requestsPerMinute: settings.requestsPerMinute.optional(),
    monthlyBudgetUsd: settings.monthlyBudgetUsd.optional(),
    workspaceQuotaMb: settings.workspaceQuotaMb.optional(),
    repositoryHosts: settings.repositoryHosts.optional(),
    createdAt: TimestampSchema,
    updatedAt: TimestampSchema,
  })
  .meta({ id: 'Tenant', description: 'A tenant, with what is set for it.' });
export type Tenant = z.infer<typeof TenantSchema>;

export const CreateTenantSchema = z
  .strictObject({
    tenantId: TenantIdSchema,
    name: settings.name.optional(),
    maxConcurrent: settings.maxConcurrent.optional(),
    weight: settings.weight.optional(),
    requestsPerMinute: settings.requestsPerMinute.optional(),
    monthlyBudgetUsd: settings.monthlyBudgetUsd.optional(),
    workspaceQuotaMb: settings.workspaceQuotaMb.optional(),
    repositoryHosts: settings.repositoryHosts.optional(),
  })
  .meta({ id: 'CreateTenant' });
export type CreateTenant = z.infer<typeof CreateTenantSchema>;

export const UpdateTenantSchema = z
  .strictObject({
    status: TenantSchema.shape.status.optional(),
    name: settings.name.nullable().optional(),
    maxConcurrent: settings.maxConcurrent.nullable().optional(),
    weight: settings.weight.nullable().optional(),
    requestsPerMinute: settings.requestsPerMinute.nullable().optional(),
    monthlyBudgetUsd: settings.monthlyBudgetUsd.nullable().optional(),
    workspaceQuotaMb: settings.workspaceQuotaMb.nullable().optional(),
    repositoryHosts: settings.repositoryHosts.nullable().optional(),
  })
  .meta({ id: 'UpdateTenant', description: 'What changes; null takes back what was set.' });
export const MonthSchema = z
  .string()
  .regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'must be a month: 2026-11')
  .meta({ id: 'Month', description: 'A calendar month in UTC.', example: '2026-11' });

export const UsageSchema = z
  .strictObject({
    month: MonthSchema,
    dispatches: z.int().min(0).meta({ description: 'That had a slot and ended in this month.' }),
    costUsd: z.number().min(0),
    budgetUsd: z.number().optional().meta({ description: 'What a month may cost; absent: no limit.' }),
  })
  .meta({ id: 'Usage', description: 'What the dispatches of a tenant came to in a month.' });
export type Usage = z.infer<typeof UsageSchema>;

export type UpdateTenant = z.infer<typeof UpdateTenantSchema>;
