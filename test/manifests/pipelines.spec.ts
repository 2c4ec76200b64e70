import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { faultsOf, parseJenkinsfile, stagesOf } from './jenkinsfile.ts';
import { root } from './pipelineTools.ts';

const textOf = (file: string) => readFileSync(join(root, file), 'utf8');

interface Workflow {
  permissions: Record<string, string>;
  jobs: Record<
    string,
    { steps: { uses?: string; run?: string; name?: string }[]; permissions?: Record<string, string> }
  >;
}

/** The project's own programs that a text calls, in order. */
const called = (text: string) => text.match(/(\.ci\/run|deploy\/ci\/scripts\/[a-z-]+\.sh)/g) ?? [];

describe('MESH-6 GitHub Actions', () => {
  const file = 'deploy/ci/github-actions.yml';
  const workflow = parse(textOf(file)) as Workflow;

  test("MESH-6 the workflow fits GitHub's schema", () => {
    // The schema says more about its types than ajv's strict mode understands.
    const ajv = new Ajv({ strict: false, validateFormats: false });
    const validate = ajv.compile(JSON.parse(textOf('test/fixtures/schemas/github-workflow.json')));
    expect(validate(workflow), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...workflow, jobs: { test: { steps: [] } } })).toBe(false);
    expect(validate({ ...workflow, jobz: {} })).toBe(false);
  });

  test('MESH-6 what it calls is there, and nothing else is done in it', () => {
    const runs = Object.values(workflow.jobs).flatMap(({ steps }) => steps.flatMap((step) => step.run ?? []));
    for (const path of runs.flatMap(called)) expect(statSync(join(root, path)).mode & 0o111, path).not.toBe(0);
    const byHand = runs.filter((text) => called(text).length === 0);
    expect(
      byHand.every((text) => /GITHUB_PATH|GITHUB_ENV/.test(text)),
      byHand.join('\n'),
    ).toBe(true);
  });

  test('MESH-6 actions are pinned by commit, with the version beside', () => {
    const uses = Object.values(workflow.jobs).flatMap(({ steps }) => steps.flatMap((step) => step.uses ?? []));
    const pinned = textOf(file).match(/^ +- uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/gm);
    expect(pinned).toHaveLength(uses.length);
  });

  test('MESH-6 a job may do what it must and no more', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    for (const [name, { permissions = {} }] of Object.entries(workflow.jobs)) {
      const writes = Object.entries(permissions).flatMap(([what, level]) => (level === 'write' ? [what] : []));
      expect(writes, name).toEqual(name === 'image' ? ['packages', 'id-token'] : []);
    }
    // The code of a pull request runs where no secret is, and shell commands get what others wrote as variables only.
    expect(JSON.stringify(workflow.jobs.test)).not.toContain('secrets.');
    for (const { steps } of Object.values(workflow.jobs))
      for (const { run = '' } of steps) expect(run).not.toContain('${{');
  });
});

describe('MESH-6 Jenkins', () => {
  const text = textOf('deploy/ci/Jenkinsfile');

  test('MESH-6 the Jenkinsfile is a declarative pipeline as its handbook has it', () => {
    expect(faultsOf(text)).toEqual([]);
  });

  test.each([
    ["stage('build') {\n          steps {", "stage('build') {\n          step {", "stage('build'): no step here"],
    ["stage('test') {", "stage('test') {\n stages { }", "stage('test'): stages and steps"],
    ['      steps {\n        // Here', '      post {', "stage('test'): does nothing"],
    ["label 'jangbu'", "lable 'jangbu'", "pipeline, agent: lable 'jangbu'"],
    ["tag 'v*'", "tags 'v*'", "stage('deploy'), when, anyOf, allOf, anyOf: no condition tags"],
    ['expression { params.OVERLAY', '{ params.OVERLAY', "stage('agree'), when: no condition "],
    ["= credentials('cosign-key')", '= cosignKey', "stage('image'), environment: COSIGN_KEY = cosignKey"],
    ['  post {\n    always', '  post {\n    allways', 'pipeline, post: no allways'],
    ["sh '.ci/run'", 'run', "stage('test'), steps: run"],
    ["stage('sbom')", "stage('build')", "stage('image'): a stage twice"],
    ['disableConcurrentBuilds()', 'disableConcurrency()', 'pipeline, options: disableConcurrency()'],
  ])('MESH-6 the check notices %j', (right, wrong, fault) => {
    expect(text).toContain(right);
    expect(faultsOf(text.replace(right, wrong))).toContain(fault);
  });

  test('MESH-6 nor does it take what Groovy could not read', () => {
    expect(() => parseJenkinsfile(text.replace(/\}\s*$/, ''))).toThrow('a block that does not end');
    expect(() => parseJenkinsfile(`${text}}`)).toThrow('one brace too many');
    expect(() => parseJenkinsfile(text.replace("'.ci/run'", "'.ci/run"))).toThrow('a text that does not end');
    expect(() => parseJenkinsfile(text.replace('])', ')'))).toThrow();
  });

  test('MESH-6 it has the same stages as the workflow, which call the same scripts in the same order', () => {
    const workflow = parse(textOf('deploy/ci/github-actions.yml')) as Workflow;
    const stages = [...stagesOf(text)].map(([name, stage]) => [name, called(stage)]);
    const jobs = Object.entries(workflow.jobs).map(
      ([name, { steps }]) => [name, steps.flatMap(({ run = '' }) => called(run))] as const,
    );
    expect(stages).toEqual(jobs);
    const order = 'run build-image sbom scan-image sign-image render release'.split(' ');
    expect(jobs.flatMap(([, scripts]) => scripts.map((script) => /(\w[\w-]*)(\.sh)?$/.exec(script)?.[1]))).toEqual(
      order,
    );
  });

  test('MESH-6 the code of a pull request runs where no credential is', () => {
    const [pipeline] = parseJenkinsfile(text);
    const outside = pipeline?.block?.filter(({ text }) => text !== 'stages');
    expect(JSON.stringify(outside)).not.toMatch(/credentials/i);
    const stages = stagesOf(text);
    expect(stages.get('test')).not.toMatch(/credentials/i);
    for (const name of ['image', 'deploy']) expect(stages.get(name)).toMatch(/^when \{[\s\S]*branch 'main'/m);
    // Of Groovy's texts only those in single quotes are left to the shell; in the others a secret would become part of the command.
    expect(text).not.toMatch(/^\s*sh "/m);
  });
});
