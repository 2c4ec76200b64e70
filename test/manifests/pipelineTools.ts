import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const root = fileURLToPath(new URL('../..', import.meta.url));
export const digest = `sha256:${'a'.repeat(64)}`;
const tools = ['docker', 'cosign', 'syft', 'grype', 'kubectl', 'curl'];

/** What a script has come to. */
export interface Ran {
  readonly code: number;
  readonly output: string;
}

/** Stand-ins for the tools that the pipeline's scripts use: each notes what it was called with, and does what the test says. */
export class PipelineTools implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<PipelineTools> {
    const made = new PipelineTools(await mkdtemp(join(tmpdir(), 'jangbu-pipeline-')));
    await writeFile(made.#log, '');
    for (const folder of ['bin', 'out']) await mkdir(join(made.folder, folder));
    for (const tool of tools) await made.tell(tool, '');
    return made;
  }

  get out(): string {
    return join(this.folder, 'out');
  }

  get #log(): string {
    return join(this.folder, 'calls');
  }

  /** What a tool does after it has noted the call. */
  async tell(tool: string, behaviour: string): Promise<void> {
    const file = join(this.folder, 'bin', tool);
    await writeFile(file, `#!/usr/bin/env bash\necho "${tool} $*" >> '${this.#log}'\n${behaviour}\n`);
    await chmod(file, 0o755);
  }

  async calls(): Promise<string[]> {
    return (await readFile(this.#log, 'utf8')).split('\n').filter((line) => line !== '');
  }

  async script(name: string, args: string[], env: Record<string, string> = {}): Promise<Ran> {
    const given = {
      PATH: `${join(this.folder, 'bin')}:/usr/bin:/bin`,
      OUT_DIR: this.out,
      GATEWAY_URL: 'https://gateway.test',
      SMOKE_TOKEN_URL: 'https://issuer.test/token',
      SMOKE_CLIENT_SECRET: 'clients-secret',
      SMOKE_ATTEMPTS: '2',
      SMOKE_PAUSE: '0',
      MIGRATION_PAUSE: '0.05',
    };
    const file = join(root, 'deploy/ci/scripts', `${name}.sh`);
    try {
      const { stdout, stderr } = await run(file, args, { env: { ...given, ...env } });
      return { code: 0, output: stdout + stderr };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, output: stdout + stderr };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
