import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../..');

export function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** `compose.yaml`, with its anchors and merge keys resolved. */
export function readCompose(): Compose {
  return parse(read('compose.yaml'), { merge: true });
}

const MANIFESTS = 'deploy/kubernetes';

/** The objects of `deploy/kubernetes`, by the name of their file. */
export function readManifests(): ReadonlyMap<string, Manifest> {
  const files = readdirSync(join(ROOT, MANIFESTS)).filter((file) => file !== 'kustomization.yaml');
  return new Map(files.map((file) => [file, parse(read(`${MANIFESTS}/${file}`))]));
}

export function readKustomization(): Readonly<Record<string, any>> {
  return parse(read(`${MANIFESTS}/kustomization.yaml`));
}

/** What docs/several-nodes.md allows the user of Redis, as options of its ACL. */
export function readAcl(prefix: string): readonly string[] {
  const line = /^ +(~P:\* .*)$/m.exec(read('docs/several-nodes.md'))?.[1];
  if (line === undefined) throw new Error('The page has no ACL.');
  return line.replaceAll('P:', `${prefix}:`).split(' ');
}

export interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>;
}

export interface ComposeService {
  readonly build?: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly profiles?: readonly string[];
  readonly ports?: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly stop_grace_period?: string;
  readonly network_mode?: string;
  readonly user?: string;
}

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly [member: string]: any;
}
