import { basename, dirname } from 'node:path';
import { createLogger, type Logger } from '../telemetry/log.ts';

/** What every part of the mesh is to its main file: something that runs until it is disposed of. */
export interface Running extends AsyncDisposable {
  log: Logger;
}

/** Starts, waits for SIGTERM or SIGINT, drains. Whatever nobody caught ends the process, so that it is started anew. */
export async function runMain<Config>(
  start: (config: Config) => Promise<Running>,
  readConfig: () => Config,
): Promise<void> {
  const running = await begin(start, readConfig);
  const fatal = (error: unknown) => {
    running.log.fatal({ err: error }, 'unforeseen failure, ending');
    process.exit(1);
  };
  process.on('uncaughtException', fatal);
  process.on('unhandledRejection', fatal);
  const signal = await new Promise<string>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => resolve(name));
  });
  running.log.info({ signal }, 'draining');
  await running[Symbol.asyncDispose]();
  process.exit(0);
}

async function begin<Config>(start: (config: Config) => Promise<Running>, readConfig: () => Config): Promise<Running> {
  let config: Config;
  try {
    config = readConfig();
  } catch (error) {
    // Said to whoever has just typed it: one fault a line.
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(misconfigured);
  }
  try {
    return await start(config);
  } catch (error) {
    createLogger(programName(), 'info').fatal({ err: error }, 'cannot start');
    process.exit(misconfigured);
  }
}

/** sysexits.h: EX_CONFIG. */
const misconfigured = 78;

/** `services/billing/main.ts` is billing. */
function programName(): string {
  return basename(dirname(process.argv[1] ?? ''));
}
