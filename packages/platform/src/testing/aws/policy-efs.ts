import type { RecordedSdkCall } from './policy-recorder.js';
import type { IamPlace, IamRequest } from './policy.js';

const PATH = '/2015-02-01/access-points';

interface Creation {
  readonly FileSystemId: string;
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
}

/**
 * What a call of EFS needs, by its method and path: it has no other name on the wire. Undefined for what this does not
 * know. Of an access point that is deleted it is taken that it is a workspace's.
 */
export function fileSystemRequests(
  { operation, input }: RecordedSdkCall,
  { region, accountId }: IamPlace,
): readonly IamRequest[] | undefined {
  const [method, url = ''] = operation.split(' ');
  const { pathname, searchParams } = new URL(url, 'http://efs');
  const arn = (resource: string) => `arn:aws:elasticfilesystem:${region}:${accountId}:${resource}`;
  const one = (action: string, resource: string, context: IamRequest['context'] = {}): IamRequest => ({
    action: `elasticfilesystem:${action}`,
    resource: arn(resource),
    accountId,
    context,
  });
  if (method === 'GET' && pathname === PATH)
    return [one('DescribeAccessPoints', `file-system/${searchParams.get('FileSystemId')}`)];
  if (method === 'POST' && pathname === PATH) {
    const { FileSystemId, Tags = [] } = JSON.parse(String(input['body'])) as Creation;
    const tags =
      Tags.length === 0
        ? []
        : [
            one('TagResource', 'access-point/fsap-1', {
              'elasticfilesystem:CreateAction': 'CreateAccessPoint',
            }),
          ];
    return [one('CreateAccessPoint', `file-system/${FileSystemId}`), ...tags];
  }
  if (method === 'DELETE' && pathname.startsWith(`${PATH}/`))
    return [
      one('DeleteAccessPoint', `access-point/${pathname.slice(PATH.length + 1)}`, {
        'aws:ResourceTag/workspaceId': '1',
      }),
    ];
  return undefined;
}
