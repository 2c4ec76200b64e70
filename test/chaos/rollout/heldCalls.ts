import { createClient } from '@connectrpc/connect';
import { AccountService } from '#proto/billing/v1/account_service';
import { DeadLetterService } from '#proto/common/v1/dead_letter_service';
import { type ServiceName, serviceNames } from '#shared/config/service';
import type { MeshHandle } from '../../../deploy/local/handle.ts';
import { GrpcCaller, grpcWebTransport, restHeld } from '../../harness/rollout/callOnce.ts';
import type { Recorder } from '../../harness/rollout/recorder.ts';
import type { TradedAccount } from '../trade.ts';

/** Longer than a preStop: whenever SIGTERM comes, some of these are open at the process that gets it. */
const heldMs = 4_000;
const atOnce = 4;

/** Calls of every service and of the gateway that are open for seconds, because what they send comes over a slow line. */
export class HeldCalls implements Disposable {
  readonly #callers: ReadonlyMap<ServiceName, GrpcCaller>;
  readonly #gatewayUrl: string;
  readonly #token: string;
  readonly #recorder: Recorder;

  constructor({ addresses, gatewayUrl }: MeshHandle, token: string, recorder: Recorder) {
    this.#callers = new Map(serviceNames.map((name) => [name, new GrpcCaller(addresses[name], token)]));
    this.#gatewayUrl = gatewayUrl;
    this.#token = token;
    this.#recorder = recorder;
  }

  get actors(): (() => Promise<unknown>)[] {
    const questions = [...this.#callers].map(([name, caller]) => {
      return () => this.#ask(name, caller);
    });
    return Array.from({ length: atOnce }, () => [...questions, () => this.#createCustomer()]).flat();
  }

  #createCustomer(): Promise<unknown> {
    const body = { displayName: 'a slow line' };
    return this.#recorder.time('REST held', () =>
      restHeld(this.#gatewayUrl, this.#token, '/v1/customers', body, heldMs),
    );
  }

  /** A question that every service answers. */
  #ask(name: ServiceName, caller: GrpcCaller): Promise<unknown> {
    return this.#recorder.time(`gRPC held (${name})`, () =>
      caller.call(DeadLetterService.method.listDeadLetters, { pageSize: 1 }, heldMs),
    );
  }

  [Symbol.dispose](): void {
    for (const caller of this.#callers.values()) caller[Symbol.dispose]();
  }
}

/** A browser that tops an account up by gRPC-Web, again and again. */
export function topUpByGrpcWeb(gatewayUrl: string, token: string, recorder: Recorder) {
  const accounts = createClient(AccountService, grpcWebTransport(gatewayUrl, token));
  return async (account: TradedAccount): Promise<void> => {
    const request = { account: account.id, amount: { currency: 'KRW', amount: '5' }, memo: 'gRPC-Web' };
    if (await recorder.time('gRPC-Web TopUp', () => accounts.topUp(request))) account.expected += 5n;
  };
}
