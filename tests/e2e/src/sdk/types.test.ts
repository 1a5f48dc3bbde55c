import type * as client from '@outpost/client';
import type * as contracts from '@outpost/contracts';
import { expectTypeOf, it } from 'vitest';

/** Types that are mutually the same, in the eyes of whoever uses them. */
it('the types that the client brings are those of the contracts', () => {
  expectTypeOf<client.AgentName>().toEqualTypeOf<contracts.AgentName>();
  expectTypeOf<client.ApiKey>().toEqualTypeOf<contracts.ApiKey>();
  expectTypeOf<client.ArtifactList>().toEqualTypeOf<contracts.ArtifactList>();
  expectTypeOf<client.AuditPage>().toEqualTypeOf<contracts.AuditPage>();
  expectTypeOf<client.CreatedApiKey>().toEqualTypeOf<contracts.CreatedApiKey>();
  expectTypeOf<client.CreateDispatchInput>().toEqualTypeOf<contracts.CreateDispatchInput>();
  expectTypeOf<client.CreateTenant>().toEqualTypeOf<contracts.CreateTenant>();
  expectTypeOf<client.Dispatch>().toEqualTypeOf<contracts.Dispatch>();
  expectTypeOf<client.DispatchPage>().toEqualTypeOf<contracts.DispatchPage>();
  expectTypeOf<client.DispatchStatus>().toEqualTypeOf<contracts.DispatchStatus>();
  expectTypeOf<client.ErrorCode>().toEqualTypeOf<contracts.ErrorCode>();
  expectTypeOf<client.ErrorDetail>().toEqualTypeOf<contracts.ErrorDetail>();
  expectTypeOf<client.Failure>().toEqualTypeOf<contracts.Failure>();
  expectTypeOf<client.Fleet>().toEqualTypeOf<contracts.Fleet>();
  expectTypeOf<client.LogPage>().toEqualTypeOf<contracts.LogPage>();
  expectTypeOf<client.Tenant>().toEqualTypeOf<contracts.Tenant>();
  expectTypeOf<client.UpdateTenant>().toEqualTypeOf<contracts.UpdateTenant>();
  expectTypeOf<client.Usage>().toEqualTypeOf<contracts.Usage>();
});
