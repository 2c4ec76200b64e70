import { type HttpServer, Refusal, sendJson, serveHttp } from './provider/http.ts';
import type { Supervised } from './supervisor.ts';

const actions = ['kill', 'restart', 'stop', 'start', 'untilReady'] as const;
export type Action = (typeof actions)[number];

export interface ControlState {
  pid: number;
  dataDir: string;
  processes: { name: string; state: string; pid?: number; restarts: number }[];
}

/** Lets other local processes see and disturb the mesh: `GET /processes`, `POST /processes/billing:kill?signal=SIGKILL`. */
export function serveControl(processes: Map<string, Supervised>, dataDir: string, port: number): Promise<HttpServer> {
  return serveHttp(
    {
      'GET /processes': (_request, response) => {
        const state: ControlState = {
          pid: process.pid,
          dataDir,
          processes: [...processes].map(([name, { state, pid, restarts }]) => ({ name, state, pid, restarts })),
        };
        sendJson(response, 200, state);
      },
      'POST /processes/*': async (_request, response, url) => {
        const [name = '', verb] = url.pathname.slice('/processes/'.length).split(':');
        const action = actions.find((each) => each === verb);
        const supervised = processes.get(name);
        if (!supervised || !action) throw new Refusal(404, 'not_found', `no process ${name} or no action ${verb}`);
        await act(supervised, action, (url.searchParams.get('signal') ?? 'SIGKILL') as NodeJS.Signals);
        sendJson(response, 200, { name, state: supervised.state });
      },
    },
    port,
  );
}

export async function act(supervised: Supervised, action: Action, signal: NodeJS.Signals): Promise<void> {
  switch (action) {
    case 'kill':
      return supervised.kill(signal);
    case 'restart':
      await supervised.stop();
      return supervised.start();
    case 'stop':
      return supervised.stop();
    case 'start':
      return supervised.start();
    case 'untilReady':
      return supervised.untilReady();
    default:
      throw new Error(`unknown action ${action satisfies never}`);
  }
}

/** The supervisor that runs the mesh of a data folder, if there is one. */
export async function runningMesh(controlPort: number): Promise<ControlState | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${controlPort}/processes`, { signal: AbortSignal.timeout(2_000) });
    return (await response.json()) as ControlState;
  } catch {
    return undefined;
  }
}
