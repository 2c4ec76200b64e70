import { BalanceService } from '#proto/billing/v1/balance_service';
import { ChargeService } from '#proto/billing/v1/charge_service';
import { RatingAccountService } from '#proto/rating/v1/rating_account_service';
import { TariffService } from '#proto/rating/v1/tariff_service';
import { type ClientOf, callsOf } from '#shared/rpc/calls';

/** Prepaid balances: purchases reserve and commit, penalties debit, visits and cancellations credit. */
export const balances = callsOf(BalanceService, 'reserve', 'commit', 'release', 'credit', 'debit');
export type Balances = ClientOf<typeof balances>;

/** Payments of rides through billing's provider. */
export const charges = callsOf(ChargeService, 'charge');
export type Charges = ClientOf<typeof charges>;

/** What something costs. */
export const tariffs = callsOf(TariffService, 'quote');
export type Tariffs = ClientOf<typeof tariffs>;

/** Whether a line that is terminated is in use after all. */
export const ratingAccounts = callsOf(RatingAccountService, 'checkAccountUse');
export type RatingAccounts = ClientOf<typeof ratingAccounts>;
