import { Metadata } from '@grpc/grpc-js';
import { type Authenticate, type Caller, type RoleName, tokenVerifier } from '#shared/rpc/identity';
import { clientAddress } from './clientAddress.ts';
import type { Exchange, Principal } from './exchange.ts';
import { rateFault, setRateHeaders } from './rateHeaders.ts';
import { RateLimit, type RateRule, type Standing } from './rateLimit.ts';

export interface SignInConfig {
  issuer: string;
  audience: string;
  jwksUrl: string;
  /** How far the issuer's clock may differ from this one. */
  clockSkewSeconds: number;
}

export interface GateConfig {
  signIn: SignInConfig | undefined;
  perPrincipal: RateRule | undefined;
  perAddress: RateRule | undefined;
  /** Callers that are remembered for each rule. */
  rateKeys: number;
  /** Proxies of one's own in front of the gateway, each of which adds to `X-Forwarded-For`. */
  trustedProxies: number;
}

/**
 * Who may come in at all, before anything is looked at: not more often than the rules say, and with a token that is good or with
 * none. What they may do, and whether it takes a token, every service decides itself.
 */
export class Gate {
  readonly #authenticate: Authenticate | undefined;
  readonly #perAddress: RateLimit | undefined;
  readonly #perPrincipal: RateLimit | undefined;
  readonly #trustedProxies: number;

  constructor({ signIn, perPrincipal, perAddress, rateKeys, trustedProxies }: GateConfig) {
    const { clockSkewSeconds, ...issuer } = signIn ?? { clockSkewSeconds: 0 };
    const none = { tokenUrl: undefined, clientId: undefined, clientSecret: undefined };
    this.#authenticate = signIn && tokenVerifier({ ...signIn, ...issuer, ...none }, { clockSkewSeconds });
    this.#perAddress = perAddress && new RateLimit('address', perAddress, rateKeys);
    this.#perPrincipal = perPrincipal && new RateLimit('principal', perPrincipal, rateKeys);
    this.#trustedProxies = trustedProxies;
  }

  /** Throws the fault that the request is to be refused with. The address is counted first: to check a token costs something. */
  async admit(exchange: Exchange): Promise<void> {
    const limited = this.#perAddress !== undefined || this.#perPrincipal !== undefined;
    const address = limited ? clientAddress(exchange.request, this.#trustedProxies) : '';
    const standings: Standing[] = [];
    if (this.#perAddress) await this.#count(exchange, this.#perAddress, address, standings);
    const subject = this.#authenticate && (await this.#subject(exchange, this.#authenticate));
    if (!this.#perPrincipal) return;
    const principal = subject === undefined ? `address ${address}` : `subject ${subject}`;
    await this.#count(exchange, this.#perPrincipal, principal, standings);
  }

  async #count({ response }: Exchange, limit: RateLimit, key: string, standings: Standing[]): Promise<void> {
    const standing = await limit.take(key);
    standings.push(standing);
    setRateHeaders(response, standings);
    if (standing.refused) throw rateFault(standing);
  }

  async #subject(exchange: Exchange, authenticate: Authenticate): Promise<string | undefined> {
    const { authorization } = exchange.request.headers;
    if (authorization === undefined) return undefined;
    const metadata = new Metadata();
    metadata.set('authorization', authorization);
    const { caller } = await authenticate(metadata);
    exchange.principal = roleOf(caller);
    return caller.subject;
  }
}

const roles: readonly RoleName[] = ['service', 'operator', 'driver', 'customer'];

/** The role that lets a caller do most. */
function roleOf(caller: Caller): Principal {
  return roles.find((role) => caller.roles.has(role)) ?? 'roleless';
}

/** The gate, or nothing at all where nothing is configured for it. */
export function gateFor(config: GateConfig): Gate | undefined {
  return config.signIn || config.perAddress || config.perPrincipal ? new Gate(config) : undefined;
}
