import { join } from 'node:path';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { Deployment } from 'kubernetes-models/apps/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, Secret, Service } from 'kubernetes-models/v1';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/app/config.js';
import { Environment } from '../../src/app/environment.js';
import { AFTER_DRAIN_MS } from '../../src/drain/service-drain.js';
import { read, readKustomization, readManifests, type Manifest } from './files.js';

const MODELS = {
  ConfigMap: { model: ConfigMap, from: 'kubernetes-models/v1' },
  Deployment: { model: Deployment, from: 'kubernetes-models/apps/v1' },
  HorizontalPodAutoscaler: {
    model: HorizontalPodAutoscaler,
    from: 'kubernetes-models/autoscaling/v2',
  },
  PodDisruptionBudget: { model: PodDisruptionBudget, from: 'kubernetes-models/policy/v1' },
  Secret: { model: Secret, from: 'kubernetes-models/v1' },
  Service: { model: Service, from: 'kubernetes-models/v1' },
} as const;

const manifests = readManifests();
const ofKind = (kind: keyof typeof MODELS): Manifest => {
  const found = [...manifests.values()].find((manifest) => manifest.kind === kind);
  if (!found) throw new Error(`no ${kind}`);
  return found;
};
const pod = ofKind('Deployment')['spec'].template;
const [container] = pod.spec.containers;
const environment: Record<string, string> = {
  ...ofKind('ConfigMap')['data'],
  ...ofKind('Secret')['stringData'],
};

describe('deploy/kubernetes', () => {
  it('lists all of its files', () => {
    expect(readKustomization()['resources'].toSorted()).toEqual([...manifests.keys()].toSorted());
  });

  it.each([...manifests])('%s has the values that Kubernetes takes', (_file, manifest) => {
    const { model: Model } = MODELS[manifest.kind as keyof typeof MODELS];
    const object = new Model(manifest as never);
    expect(manifest.apiVersion).toBe(object.apiVersion);
    object.validate();
  });

  it('has no member that Kubernetes does not know', () => {
    // The types refuse what the validation passes over.
    const lines = [...manifests.values()].map((manifest, index) => {
      const { from } = MODELS[manifest.kind as keyof typeof MODELS];
      const type = `import('${from}', { with: { 'resolution-mode': 'import' } }).I${manifest.kind}`;
      return `export const m${index}: ${type} = ${JSON.stringify(manifest)};`;
    });
    expect(errorsIn(lines.join('\n'))).toEqual([]);
    expect(errorsIn(lines.join('\n').replace('"livenessProbe"', '"livenesProbe"'))).toHaveLength(1);
  });

  it('sets only variables that the service reads', () => {
    expect(Object.keys(environment).filter((name) => !(name in Environment.shape))).toEqual([]);
    const { name } = ofKind('ConfigMap').metadata;
    expect(ofKind('Secret').metadata.name).toBe(name);
    expect(container.envFrom).toEqual([{ configMapRef: { name } }, { secretRef: { name } }]);
  });

  it('configures the service, once the placeholders are replaced, and not before', () => {
    const image = { NODE_ENV: 'production', HOST: '0.0.0.0', PORT: '3000' };
    const replaced = {
      CLERK_SECRET_KEY: 'sk_live_placeholder',
      CLERK_PUBLISHABLE_KEY: 'pk_live_Y2xlcmsuZXhhbXBsZS5jb20k',
      CLUSTER_SECRET: 'a secret of the tests with more than 32 bytes',
    };
    const config = readConfig({ ...image, ...environment, ...replaced });
    expect(config.redis?.url).toMatch(/^rediss:/);
    expect(Object.keys(replaced).every((name) => environment[name] === 'replace-me')).toBe(true);
  });

  it('probes what the service serves, where it listens', () => {
    const [port] = container.ports;
    expect(port.containerPort).toBe(Number(/PORT=(\d+)/.exec(read('Dockerfile'))?.[1]));
    const path = (probe: string) => [container[probe].httpGet.path, container[probe].httpGet.port];
    expect(path('startupProbe')).toEqual(['/health/ready', port.name]);
    expect(path('readinessProbe')).toEqual(['/health/ready', port.name]);
    expect(path('livenessProbe')).toEqual(['/health/live', port.name]);
    expect(ofKind('Service')['spec'].ports[0].targetPort).toBe(port.name);
  });

  it('waits until the service has drained', () => {
    const { terminationGracePeriodSeconds: grace } = pod.spec;
    const sleep = container.lifecycle.preStop.sleep.seconds;
    const drainMs = Number(environment['DRAIN_MS']);
    expect(grace * 1000).toBeGreaterThan(sleep * 1000 + drainMs + AFTER_DRAIN_MS);
    const { periodSeconds, failureThreshold } = container.readinessProbe;
    expect(drainMs).toBeGreaterThan(periodSeconds * failureThreshold * 1000);
  });

  it('runs without any right', () => {
    const user = Number(/^USER (\d+):/m.exec(read('Dockerfile'))?.[1]);
    expect(pod.spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: user });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(pod.spec.automountServiceAccountToken).toBe(false);
    expect(container.resources.limits.memory).toBeDefined();
  });

  it('selects the pods of the deployment everywhere', () => {
    const { labels } = pod.metadata;
    expect(ofKind('Deployment')['spec'].selector.matchLabels).toEqual(labels);
    expect(ofKind('Service')['spec'].selector).toEqual(labels);
    expect(ofKind('PodDisruptionBudget')['spec'].selector.matchLabels).toEqual(labels);
    for (const { labelSelector } of pod.spec.topologySpreadConstraints) {
      expect(labelSelector.matchLabels).toEqual(labels);
    }
    const { scaleTargetRef } = ofKind('HorizontalPodAutoscaler')['spec'];
    const { apiVersion, kind, metadata } = ofKind('Deployment');
    expect(scaleTargetRef).toEqual({ apiVersion, kind, name: metadata.name });
    expect(readKustomization()['images'].map(({ name }: Manifest['metadata']) => name)).toEqual([
      container.image,
    ]);
  });
});

/** What TypeScript says of a module of this folder. */
function errorsIn(text: string): readonly string[] {
  const file = join(import.meta.dirname, 'manifests.ts');
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.getSourceFile = (name, language) =>
    name === file ? ts.createSourceFile(name, text, language) : getSourceFile(name, language);
  return ts
    .getPreEmitDiagnostics(ts.createProgram([file], options, host))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
