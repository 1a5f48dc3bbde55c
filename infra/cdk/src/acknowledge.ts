import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Says of a finding of cdk-nag why it stands. `rule` as the finding names it: `AwsSolutions-IAM5[Resource::*]`. */
export function acknowledge(construct: IConstruct, rule: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: rule, reason });
}

interface Policy {
  readonly Statement: readonly { readonly Resource: readonly string[] }[];
}

/** The same of every resource in the policy that has a wildcard. */
export function acknowledgeWildcards(construct: IConstruct, { Statement }: Policy, reason: string): void {
  const resources = new Set(Statement.flatMap(({ Resource }) => Resource));
  for (const resource of resources) {
    const name = nameOf(Stack.of(construct).resolve(resource));
    if (name.includes('*')) acknowledge(construct, `AwsSolutions-IAM5[Resource::${name}]`, reason);
  }
}

/** As findings name what is known only once it is deployed: in angle brackets. */
function nameOf(resolved: unknown): string {
  if (typeof resolved === 'string') return resolved;
  const [[kind, value] = []] = Object.entries(resolved as Readonly<Record<string, unknown>>);
  if (kind === 'Fn::Join') return (value as [string, unknown[]])[1].map(nameOf).join('');
  return `<${[value].flat().join('.')}>`;
}
