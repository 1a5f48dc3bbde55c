import { deployed, ofType, type Synthesized } from './synthesis.js';

export interface Container {
  readonly Name: string;
  readonly Image: unknown;
  readonly Environment: readonly { readonly Name: string; readonly Value: unknown }[];
  readonly Secrets?: readonly { readonly Name: string; readonly ValueFrom: unknown }[];
  readonly [property: string]: unknown;
}

export interface TaskDefinition {
  readonly Family: string;
  readonly Cpu: string;
  readonly Memory: string;
  readonly EphemeralStorage?: { readonly SizeInGiB: number };
  readonly ContainerDefinitions: readonly [Container];
  readonly [property: string]: unknown;
}

/** By family. */
export function taskDefinitions(stack: Synthesized): ReadonlyMap<string, TaskDefinition> {
  const found = ofType('AWS::ECS::TaskDefinition', stack).map(
    ({ Properties }) => Properties as unknown as TaskDefinition,
  );
  return new Map(found.map((definition) => [definition.Family, definition]));
}

export function containerOf(stack: Synthesized, family: string): Container {
  const definition = taskDefinitions(stack).get(family);
  if (definition === undefined) throw new Error(`There is no task definition ${family}.`);
  return definition.ContainerDefinitions[0];
}

/** What a process in the container finds in its environment, secrets aside. */
export function environmentOf(stack: Synthesized, family: string): Record<string, string> {
  const { Environment } = containerOf(stack, family);
  return Object.fromEntries(
    Environment.map(({ Name, Value }) => [Name, String(deployed(Value, stack.resources))]),
  );
}
