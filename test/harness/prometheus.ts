import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ForeignProgram, requireProgram } from '../../deploy/local/foreignProgram.ts';
import { freePort } from '../../deploy/local/ports.ts';
import { runServer, type TestServer, temporaryFolder } from './server.ts';

const folders = () => ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];
const advice =
  'install it (Debian: apt-get install --no-install-recommends prometheus; macOS: brew install prometheus)';
const where = { folders, debianPackage: 'prometheus', withoutRecommended: true, advice };
const prometheus: ForeignProgram = { name: 'prometheus', ...where };
const promtool: ForeignProgram = { name: 'promtool', ...where };

const run = promisify(execFile);

/** Everything that promtool says, and whether it agrees. */
export async function runPromtool(args: string[], cwd: string): Promise<{ agrees: boolean; output: string }> {
  const file = requireProgram(promtool);
  try {
    const { stdout, stderr } = await run(file, args, { cwd });
    return { agrees: true, output: stdout + stderr };
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    if (!stdout && !stderr) throw error;
    return { agrees: false, output: stdout + stderr };
  }
}

export interface Target {
  service: string;
  /** Host and port. */
  address: string;
}

export interface Sample {
  metric: Record<string, string>;
  /** Time in seconds, and the number as text. */
  value: [number, string];
}

/** A real Prometheus with the project's rules, which scrapes once a second. */
export class Prometheus implements AsyncDisposable {
  readonly #server: TestServer;

  private constructor(server: TestServer) {
    this.#server = server;
  }

  static async start(targets: readonly Target[], ruleFiles: readonly string[]): Promise<Prometheus> {
    const folder = await temporaryFolder('prometheus');
    const port = await freePort();
    const address = `127.0.0.1:${port}`;
    // JSON is YAML. The labels are those that the PodMonitor gives each series in a cluster.
    const config = {
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      rule_files: ruleFiles,
      scrape_configs: [
        {
          job_name: 'jangbu',
          static_configs: targets.map(({ service, address }) => ({ targets: [address], labels: { service } })),
        },
      ],
    };
    await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(config));
    const server = await runServer(
      {
        name: 'prometheus',
        file: requireProgram(prometheus),
        args: [
          `--config.file=${join(folder, 'prometheus.yml')}`,
          `--storage.tsdb.path=${join(folder, 'data')}`,
          `--web.listen-address=${address}`,
        ],
        isReadyLine: (line) => line.includes('Server is ready to receive web requests'),
        readyLimitMs: 30_000,
        stopSignal: 'SIGTERM',
        stopLimitMs: 10_000,
        stage: 0,
      },
      folder,
      port,
      `http://${address}`,
    );
    return new Prometheus(server);
  }

  /** What a query gives now. An error of the query is thrown. */
  async query(expression: string): Promise<Sample[]> {
    const { resultType, result } = await this.#ask('/api/v1/query', { query: expression });
    if (resultType === 'scalar') return [{ metric: {}, value: result as Sample['value'] }];
    return result as Sample[];
  }

  /** The names of all series that have been scraped or recorded. */
  async metricNames(): Promise<Set<string>> {
    return new Set(await this.#ask<string[]>('/api/v1/label/__name__/values', {}));
  }

  /** The values that a label has, of the series that match. */
  async labelValues(label: string, match?: string): Promise<string[]> {
    return this.#ask<string[]>(`/api/v1/label/${label}/values`, match ? { 'match[]': match } : {});
  }

  async #ask<T = { resultType: string; result: unknown }>(path: string, form: Record<string, string>): Promise<T> {
    const response = await fetch(`${this.#server.url}${path}?${new URLSearchParams(form)}`);
    const answer = (await response.json()) as { status: string; data: T; error?: string };
    if (answer.status !== 'success') throw new Error(answer.error);
    return answer.data;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}
