import { deployed, type Resource, type Synthesized } from './synthesis.js';

/** What moto makes of a template and answers calls about. */
const SUPPORTED = [
  'AWS::DynamoDB::Table',
  'AWS::ECR::Repository',
  'AWS::ECS::Cluster',
  'AWS::ECS::TaskDefinition',
  'AWS::Events::EventBus',
  'AWS::IAM::Role',
  'AWS::KMS::Key',
  'AWS::Logs::LogGroup',
  'AWS::S3::Bucket',
  'AWS::SecretsManager::Secret',
  'AWS::SQS::Queue',
];

interface DeployParams {
  readonly url: string;
  readonly name: string;
  readonly stack: Synthesized;
}

/** Has the emulator make of the stack what it supports. Resolves to how many resources that are. */
export async function deploy({ url, name, stack }: DeployParams): Promise<number> {
  const Resources = supportedPart(stack);
  const response = await fetch(url, {
    method: 'POST',
    // By this moto knows which service is called: it checks no signature.
    headers: {
      authorization: 'AWS4-HMAC-SHA256 Credential=AKIATEST/20260101/us-east-1/cloudformation/aws4_request',
    },
    body: new URLSearchParams({
      Action: 'CreateStack',
      Version: '2010-05-15',
      StackName: name,
      TemplateBody: JSON.stringify({ Resources }),
      'Capabilities.member.1': 'CAPABILITY_IAM',
    }),
  });
  if (!response.ok) throw new Error(`The emulator did not deploy ${name}: ${await response.text()}`);
  return Object.keys(Resources).length;
}

/** References to what is left out become what they might be; tags are left out, as moto mistakes them. */
function supportedPart({ resources }: Synthesized): Readonly<Record<string, Resource>> {
  const kept = Object.entries(resources).filter(([, { Type }]) => SUPPORTED.includes(Type));
  const ids = new Set(kept.map(([id]) => id));
  const clean = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(clean);
    if (typeof value !== 'object' || value === null) return value;
    const target = referenceOf(value);
    if (target !== undefined && !ids.has(target) && !target.startsWith('AWS::'))
      return deployed(value, resources);
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key]) => key !== 'Tags')
        .map(([key, item]) => [key, clean(item)]),
    );
  };
  return Object.fromEntries(
    kept.map(([id, { Type, Properties }]) => [id, { Type, Properties: clean(Properties) as object }]),
  ) as Record<string, Resource>;
}

function referenceOf(value: object): string | undefined {
  if ('Ref' in value) return String(value.Ref);
  if ('Fn::GetAtt' in value) return String((value['Fn::GetAtt'] as string[])[0]);
  return undefined;
}
