import { basename, dirname } from 'node:path';
import { createLogger, type Logger } from '../telemetry/log.ts';
import { logAllOutput } from './allOutput.ts';
import { endSignal } from './endSignal.ts';
import { refuseSettings, refuseToStart } from './refuse.ts';

/** What every part of the mesh is to its main file: something that runs until it is disposed of. */
export interface Running extends AsyncDisposable {
  log: Logger;
}

/** Starts, waits for SIGTERM or SIGINT, drains. Whatever nobody caught ends the process, so that it is started anew. */
export async function runMain<Config>(
  start: (config: Config) => Promise<Running>,
  readConfig: () => Config,
): Promise<void> {
  const signalled = endSignal();
  let log = createLogger(programName(), 'info');
  logAllOutput(() => log);
  const fatal = (error: unknown) => {
    log.fatal({ err: error }, 'unforeseen failure, ending');
    process.exit(1);
  };
  process.on('uncaughtException', fatal);
  process.on('unhandledRejection', fatal);
  const running = await begin(start, readConfig);
  signalled.begun();
  log = running.log;
  const signal = await signalled.signal;
  log.info({ signal }, 'draining');
  await running[Symbol.asyncDispose]();
  process.exit(0);
}

async function begin<Config>(start: (config: Config) => Promise<Running>, readConfig: () => Config): Promise<Running> {
  let config: Config;
  try {
    config = readConfig();
  } catch (error) {
    refuseSettings(programName(), error);
  }
  try {
    return await start(config);
  } catch (error) {
    refuseToStart(programName(), error);
  }
}

/** `services/billing/main.ts` is billing. */
function programName(): string {
  return basename(dirname(process.argv[1] ?? ''));
}
